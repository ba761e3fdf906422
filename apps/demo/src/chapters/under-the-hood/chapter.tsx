import { proxy, wrap } from 'comlink';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { Bars } from '../../parts/bars.js';
import { Button, Choice } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Figure, Panel, Question } from '../../parts/figure.js';
import { Problem } from '../../parts/problem.js';
import type { Course, Lap } from './race.js';
import type { RaceWorker } from './race.worker.js';
import './style.css';

const courses: Readonly<Record<string, Course>> = {
  '64 × 32': { visible: 64, hidden: 32, batch: 32 },
  '784 × 500': { visible: 784, hidden: 500, batch: 100 },
  '2048 × 1024': { visible: 2048, hidden: 1024, batch: 256 },
};

const defaults = { course: '784 × 500' };

export default function UnderTheHood(): JSX.Element {
  return (
    <>
      <p>
        All chapters compute with the same operations: what one layer sends to the other, means, samples, statistics. A
        step of CD-1 is three products of matrices and two sums of outer products,
      </p>
      <Equation
        block
        tex="z = b + v\,W, \qquad z' = a + h\,W^{\mathsf T}, \qquad \Delta W \propto v^{\mathsf T} h - v'^{\mathsf T} h'."
      />
      <p>
        Who computes them is a matter of choice, and of the machine in front of you. The reference is the plainest code
        in float64, which all others are held against. WebAssembly makes use of states that are only 0 or 1. gpu.js
        reaches graphics hardware, where there is some.
      </p>
      <Race />
      <Question answer="On a processor, WebAssembly: where few units are on it adds rows of weights in place of multiplying matrices, and a second thread gains something from a few hundred units on. Graphics hardware needs a dozen calls a step, some milliseconds whatever the size, and overtakes only where there is much to do in each. Drawn by software, WebGPU and WebGL2 are no graphics hardware, and the bars say so.">
        Who wins at 64 × 32, and who at 2048 × 1024? From which size on does a second thread pay?
      </Question>
    </>
  );
}

function Race(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const name = settings.course in courses ? settings.course : defaults.course;
  const course = courses[name] as Course;
  const { laps, running, failure, start, stop } = useRace();
  return (
    <Figure
      label="A race of backends on this machine"
      controls={
        <>
          <Button primary onClick={() => (running ? stop() : start(course))}>
            {running ? 'Stop' : 'Start the race'}
          </Button>
          <Choice
            label="Visible × hidden units"
            value={name}
            disabled={running}
            options={Object.keys(courses).map((value) => ({ value, label: value }))}
            onChange={(value) => change({ course: value })}
          />
          <Button disabled={laps.length === 0} onClick={() => void navigator.clipboard.writeText(asText(course, laps))}>
            Copy the numbers
          </Button>
        </>
      }
      caption={
        <>
          A step: a batch of {course.batch} images with 13 % of their pixels on, CD-1, update; median of as many as fit
          0.6 seconds, each contestant alone, in a worker. {navigator.hardwareConcurrency} processors.{' '}
          {crossOriginIsolated
            ? ''
            : 'This page is not cross-origin isolated, so memory cannot be shared and WebAssembly has one thread.'}
        </>
      }
    >
      <Panel title={`Training images a second, ${name} units`} wide>
        {laps.length > 0 ? <Results laps={laps} batch={course.batch} /> : <p>Nobody has run yet.</p>}
        {failure !== undefined && <Problem error={failure} />}
      </Panel>
      {laps.length > 0 && (
        <Panel title="In numbers" wide>
          <textarea
            readOnly
            aria-label="The numbers of the race, as text"
            rows={laps.length + 3}
            value={asText(course, laps)}
          />
        </Panel>
      )}
    </Figure>
  );
}

function Results({ laps, batch }: { laps: readonly Lap[]; batch: number }): JSX.Element {
  const ran = laps.filter(({ milliseconds }) => milliseconds !== undefined);
  const absent = laps.filter(({ milliseconds }) => milliseconds === undefined);
  return (
    <>
      <Bars
        label="Training images a second, one bar a contestant"
        bars={ran.map(({ name, info, milliseconds = 0 }) => ({
          label: <span title={info}>{name}</span>,
          value: (1000 * batch) / milliseconds,
          note: `${Math.round((1000 * batch) / milliseconds).toLocaleString('en')} /s, ${milliseconds.toPrecision(3)} ms`,
        }))}
      />
      <dl class="contestants">
        {ran.map(({ name, info }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{info}</dd>
          </div>
        ))}
        {absent.map(({ name, info }) => (
          <div key={name} class="absent">
            <dt>{name}</dt>
            <dd>Does not run here: {info}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function asText({ visible, hidden, batch }: Course, laps: readonly Lap[]): string {
  return [
    `CD-1, ${visible} × ${hidden}, batch ${batch}, ${navigator.hardwareConcurrency} processors`,
    navigator.userAgent,
    ...laps.map(({ name, info, milliseconds }) => `${name}\t${milliseconds?.toPrecision(4) ?? '–'} ms\t${info}`),
  ].join('\n');
}

function useRace(): {
  laps: readonly Lap[];
  running: boolean;
  failure: unknown;
  start: (course: Course) => void;
  stop: () => void;
} {
  const [laps, setLaps] = useState<readonly Lap[]>([]);
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const worker = useRef<Worker | null>(null);
  const stop = (): void => {
    // With the worker ends whatever it was at.
    worker.current?.terminate();
    worker.current = null;
    setRunning(false);
  };
  useEffect(() => () => worker.current?.terminate(), []);
  const start = (course: Course): void => {
    const thread = new Worker(new URL('./race.worker.ts', import.meta.url), { type: 'module' });
    worker.current = thread;
    setLaps([]);
    setFailure(undefined);
    setRunning(true);
    wrap<RaceWorker>(thread)
      .run(
        course,
        proxy((lap: Lap) => setLaps((now) => [...now, lap])),
      )
      .catch(setFailure)
      .finally(() => worker.current === thread && stop());
  };
  return { laps, running, failure, start, stop };
}

import { barsAndStripes } from '@rbm/datasets';
import { type Remote, wrap } from 'comlink';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { Button, Choice, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelGrid, type Shading } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import { degrees, emptyHistory, extend, type History } from './history.js';
import { AVERAGED, type EstimatorName, type Method, type Report } from './lesson.js';
import type { School } from './lesson.worker.js';
import './style.css';

const defaults = { side: 3, hidden: 8, seed: 1, estimator: 'cd', k: 1, copies: 5, rate: 0.5 };

const estimators: readonly { readonly value: EstimatorName; readonly label: string }[] = [
  { value: 'exact', label: 'exact' },
  { value: 'cd', label: 'CD-k' },
  { value: 'pcd', label: 'PCD-k' },
];

const faded = { colour: 2, dashed: true } as const;

/** A lesson is over after so many reports. */
const MOST = 2000;

export default function Learning(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const clamp = (value: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, Math.round(value)));
  const lesson = {
    side: clamp(settings.side, 3, 4),
    hidden: clamp(settings.hidden, 1, 12),
    seed: clamp(settings.seed, 1, 2 ** 32),
  };
  const method: Method = {
    estimator: estimators.find(({ value }) => value === settings.estimator)?.value ?? 'cd',
    k: clamp(settings.k, 1, 25),
    copies: clamp(settings.copies, 1, 50),
    rate: Math.min(1, Math.max(0.01, settings.rate)),
  };
  const { values, count } = barsAndStripes(lesson.side).train;
  return (
    <>
      <p>
        Learning lowers the cost <Equation tex="C = -\langle\log P_\lambda(v)\rangle_\text{data}" />, and with it the
        divergence from the data. Its gradient is a difference of two averages, the negative and the positive phase:
      </p>
      <Equation
        block
        tex="\frac{\partial C}{\partial w_{ij}} = \langle v_i h_j\rangle_\text{model} - \langle v_i h_j\rangle_\text{data}."
      />
      <p>
        The average over the model needs samples. Contrastive divergence, CD-k, takes them k Gibbs sweeps from the data;
        persistent chains, PCD-k, go on from update to update. This machine is small enough to know the truth. Its data
        are the {count} pictures whose rows, or whose columns, are each of one colour:
      </p>
      <div class="pictures">
        <PixelGrid
          label={`All ${count} pictures`}
          values={values}
          width={lesson.side}
          height={lesson.side}
          columns={count / 2}
          size="min(100%, 24rem)"
        />
      </div>
      <Classroom lesson={lesson} method={method} change={change} />
      <Question answer="It stops where its own estimate vanishes, and the exact gradient does not: there the angle is about 90° and the estimate much shorter than the truth. With k = 10 the chains get farther from the data, and the divergence falls to about 0.1. PCD has no such limit, but its chains must keep up with the weights: at rate 0.5 and k = 1 they do not, and the divergence rises to several nats; at 0.1 it falls.">
        CD-1 at the rate 0.5 comes to a stop at about half a nat. Where does it stop, and what does a larger k change?
        Then try PCD-1: what does it need that CD does not?
      </Question>
    </>
  );
}

interface Setting {
  readonly side: number;
  readonly hidden: number;
  readonly seed: number;
}

function Classroom(props: {
  lesson: Setting;
  method: Method;
  change: (changes: Partial<typeof defaults>) => void;
}): JSX.Element {
  const { lesson, method, change } = props;
  const { side, hidden, seed } = lesson;
  const { estimator, k, copies, rate } = method;
  const [running, setRunning] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const { report, history, before, problem, advance } = useLesson(lesson, method, attempt);
  const over = history.steps.length > MOST;
  const loopProblem = useLoop(running && report !== undefined && !over, advance);
  const failure = problem ?? loopProblem;
  const updates = history.steps.length >= before.steps.length ? history.steps : before.steps;
  return (
    <Figure
      label="A machine that learns bars and stripes"
      controls={
        <>
          <Button primary disabled={over} onClick={() => setRunning(!running)}>
            {running ? 'Pause' : 'Learn'}
          </Button>
          <Button onClick={() => setAttempt(attempt + 1)}>Start over</Button>
          <Choice
            label="Gradient"
            options={estimators}
            value={estimator}
            onChange={(value) => change({ estimator: value })}
          />
          <Slider
            label="k, sweeps an update"
            value={k}
            min={1}
            max={25}
            disabled={estimator === 'exact'}
            onChange={(value) => change({ k: value })}
          />
          <Slider
            label="Learning rate"
            value={rate}
            min={0.01}
            max={1}
            logarithmic
            onChange={(value) => change({ rate: value })}
          />
          <Slider
            label="Chains for each picture"
            value={copies}
            min={1}
            max={50}
            disabled={estimator === 'exact'}
            onChange={(value) => change({ copies: value })}
          />
          <Slider
            label="Hidden units"
            value={hidden}
            min={1}
            max={12}
            onChange={(value) => change({ hidden: value })}
          />
          <Choice
            label="Pictures"
            options={[
              { value: 3, label: '3 × 3' },
              { value: 4, label: '4 × 4' },
            ]}
            value={side}
            onChange={(value) => change({ side: value })}
          />
          <Button onClick={() => change({ seed: seed + 1 })}>Other first weights</Button>
        </>
      }
      caption={`Gradient, k, rate and chains change on the way, and learning goes on from the present weights; anything else starts it over. Every update sees all pictures. Divergence and exact gradient are by enumeration; angle and lengths are those of single estimates, noise included; in the mean of ${AVERAGED} of them, against that of as many exact gradients, it is mostly bias that is left.`}
    >
      <Panel title="KL divergence from the data, exact">
        <LineChart
          label="KL divergence in nats against updates"
          x={updates}
          curves={[
            { label: 'now', values: fill(history.divergences, updates.length) },
            ...(before.steps.length > 0
              ? [{ label: 'the lesson before', values: fill(before.divergences, updates.length), ...faded }]
              : []),
          ]}
          xLabel="updates"
          yLabel="nats"
          logarithmic
        />
      </Panel>
      <Panel title="Angle between estimate and exact gradient">
        <LineChart
          label="Angle between the estimated and the exact gradient in degrees against updates"
          x={history.steps}
          curves={[
            { label: 'one estimate', values: history.angles, colour: 4 },
            { label: `mean of ${AVERAGED}`, values: history.smoothed, colour: 1 },
            { label: 'right angle', values: history.steps.map(() => 90), colour: 2, dashed: true },
          ]}
          xLabel="updates"
          yLabel="degrees"
          range={[0, 180]}
        />
      </Panel>
      {report && <Numbers report={report} />}
      {report && <Images report={report} side={side} />}
      {failure !== undefined && <Problem error={failure} />}
    </Figure>
  );
}

/** A lesson in a worker, which ends with the component. */
function useLesson(
  { side, hidden, seed }: Setting,
  { estimator, k, copies, rate }: Method,
  attempt: number,
): {
  report: Report | undefined;
  history: History;
  before: History;
  problem: unknown;
  advance: () => Promise<void>;
} {
  const [school, setSchool] = useState<Remote<School>>();
  const [report, setReport] = useState<Report>();
  const [history, setHistory] = useState(emptyHistory);
  const [before, setBefore] = useState(emptyHistory);
  const [problem, setProblem] = useState<unknown>();
  const present = useRef({ id: 0, history: emptyHistory });
  const method: Method = { estimator, k, copies, rate };
  const latestMethod = useRef(method);
  latestMethod.current = method;

  const keep = (next: Report): void => {
    if (next.lesson !== present.current.id) return;
    present.current.history = extend(present.current.history, next);
    setHistory(present.current.history);
    setReport(next);
  };

  useEffect(() => {
    const worker = new Worker(new URL('./lesson.worker.ts', import.meta.url), { type: 'module' });
    const remote = wrap<School>(worker);
    setSchool(() => remote);
    return () => worker.terminate();
  }, []);

  useEffect(() => {
    if (!school) return;
    const { id, history: last } = present.current;
    // A lesson of which nothing was seen is none.
    if (last.steps.length > 1) setBefore(last);
    present.current = { id: id + 1, history: emptyHistory };
    setHistory(emptyHistory);
    setReport(undefined);
    setProblem(undefined);
    school.begin({ id: id + 1, side, hidden, seed }, latestMethod.current).then(keep, setProblem);
  }, [school, side, hidden, seed, attempt]);

  useEffect(() => {
    school?.change({ estimator, k, copies, rate }).catch(setProblem);
  }, [school, estimator, k, copies, rate]);

  const advance = async (): Promise<void> => {
    const next = await school?.advance();
    if (next) keep(next);
  };
  return { report, history, before, problem, advance };
}

function Numbers({ report }: { report: Report }): JSX.Element {
  const { step, divergence, mass, comparison, smoothed } = report;
  return (
    <Panel title="After the last update" wide>
      <Facts
        facts={{
          Updates: step,
          'KL divergence, exact': `${divergence.toFixed(3)} nats`,
          'Probability of the pictures, exact': mass.toFixed(3),
          'Angle of the estimate': comparison ? `${degrees(comparison.cosine).toFixed(0)}°` : '–',
          [`Angle, mean of ${AVERAGED}`]: smoothed ? `${degrees(smoothed.cosine).toFixed(0)}°` : '–',
          'Cosine of the estimate': comparison ? comparison.cosine.toFixed(3).replace('-', '−') : '–',
          'Length of the estimate': comparison ? comparison.length.toFixed(4) : '–',
          'Length of the exact gradient': comparison ? comparison.exactLength.toFixed(4) : '–',
        }}
      />
    </Panel>
  );
}

function Images({ report, side }: { report: Report; side: number }): JSX.Element {
  const { weights, positive, negative, exactNegative } = report;
  const minus = (subtrahend: Float64Array): Float64Array =>
    positive.map((value, index) => value - (subtrahend[index] as number));
  const [step, exactStep] = [minus(negative), minus(exactNegative)];
  const unit: Shading = { kind: 'unit' };
  const signed = (values: Float64Array): Shading => ({ kind: 'signed', scale: largest(values) });
  const images = [
    { title: 'Positive phase ⟨v h⟩, data', values: positive, shading: unit },
    { title: 'Negative phase, estimate', values: negative, shading: unit },
    { title: 'Negative phase, exact', values: exactNegative, shading: unit },
    { title: 'Weights', values: weights, shading: signed(weights) },
    { title: 'Step: positive − negative', values: step, shading: signed(exactStep) },
    { title: 'Exact step', values: exactStep, shading: signed(exactStep) },
  ];
  return (
    <Panel title="Images: one for each hidden unit" wide>
      <div class="images">
        {images.map(({ title, values, shading }) => (
          <figure key={title}>
            <PixelGrid label={title} values={values} width={side} height={side} columns={4} shading={shading} />
            <figcaption>{title}</figcaption>
          </figure>
        ))}
      </div>
    </Panel>
  );
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
}

/** Nothing to draw after the end of the shorter curve. */
function fill(values: readonly number[], length: number): readonly (number | null)[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}

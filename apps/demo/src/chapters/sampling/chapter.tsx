import { type Remote, wrap } from 'comlink';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { Bits } from '../../parts/bits.js';
import { Columns } from '../../parts/columns.js';
import { Button, Choice, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelGrid, type Shading } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import { CHAINS, type EnsembleReport, LAGS, LONGEST, RECENT, type RunSettings } from './ensemble.js';
import type { Sampling } from './ensemble.worker.js';
import { drawingOrder, exactAutocorrelation, makeLandscape, STATES, survey, UNITS, unitsOf } from './landscape.js';
import { digits, FlowPicture, LandscapePicture } from './pictures.js';
import './style.css';

const defaults = { coupling: 2, tilt: 0.2, start: 'one', seed: 1 };

type Speed = 'slow' | 'fast';
type Start = RunSettings['start'];

export default function SamplingChapter(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const run = {
    coupling: Math.min(6, Math.max(0, settings.coupling)),
    tilt: Math.min(1, Math.max(-1, settings.tilt)),
    start: (settings.start === 'both' ? 'both' : 'one') as Start,
    seed: Math.min(2 ** 32, Math.max(1, Math.round(settings.seed))),
  };
  return (
    <>
      <p>
        Block Gibbs draws <Equation tex="h" /> given <Equation tex="v" />, then a new <Equation tex="v'" /> given{' '}
        <Equation tex="h" />. For the visible units alone this is a step with the probability{' '}
        <Equation tex="T(v \to v') = \sum_h P(h\mid v)\,P(v'\mid h)" />, and what flows from one state to another is
      </p>
      <Equation block tex="P(v)\,T(v \to v') = \sum_h \frac{P(v,h)\,P(v',h)}{P(h)}," />
      <p>
        the same in both directions: detailed balance. It says where chains are going, not when they arrive. Here three
        visible and three hidden units, all coupled with the strength <Equation tex="w" />, have two modes: all off and
        all on.
      </p>
      <Playground run={run} change={change} />
      <Question answer="With w = 6 and all chains started in 000, none of them crosses for thousands of sweeps. The estimate is 1 sweep, and calls itself reliable, for inside the mode chains forget at once; the exact time is about 180,000. Only what chains have seen can be estimated. Started in both modes they sit apart, about a common mean, and the estimate grows with the length of the run without ever becoming reliable: the sign that something is wrong.">
        Set w = 6 and the tilt to 0, and let all chains start in one mode. What does the estimated autocorrelation time
        say, and what is it exactly? Which other start warns you?
      </Question>
    </>
  );
}

type Run = Omit<RunSettings, 'id'>;

function Playground({ run, change }: { run: Run; change: (changes: Partial<typeof defaults>) => void }): JSX.Element {
  const { coupling, tilt, start, seed } = run;
  const landscape = useMemo(() => survey(makeLandscape(coupling, tilt)), [coupling, tilt]);
  const [running, setRunning] = useState(false);
  const [speed, setSpeed] = useState<Speed>('slow');
  const { report, problem, advance } = useEnsemble(run);
  const over = (report?.sweeps ?? 0) >= LONGEST;
  const sweeps = speed === 'slow' ? 1 : 40;
  const loopProblem = useLoop(
    running && report !== undefined && !over,
    () => advance(sweeps),
    speed === 'slow' ? 6 : 60,
  );
  const failure = problem ?? loopProblem;
  return (
    <Figure
      label="Chains on a landscape with two modes"
      controls={
        <>
          <Button primary disabled={over} onClick={() => setRunning(!running)}>
            {running && !over ? 'Pause' : 'Run the chains'}
          </Button>
          <Choice
            label="Speed"
            options={[
              { value: 'slow', label: '6 sweeps a second' },
              { value: 'fast', label: 'fast' },
            ]}
            value={speed}
            onChange={setSpeed}
          />
          <Slider
            label="Barrier: coupling w"
            value={coupling}
            min={0}
            max={6}
            step={0.1}
            format={(value) => value.toFixed(1)}
            onChange={(value) => change({ coupling: value })}
          />
          <Slider
            label="Tilt"
            value={tilt}
            min={-1}
            max={1}
            step={0.1}
            format={(value) => value.toFixed(1).replace('-', '−')}
            onChange={(value) => change({ tilt: value })}
          />
          <Choice
            label="Chains start"
            options={[
              { value: 'one', label: 'all in 000' },
              { value: 'both', label: 'half in 111' },
            ]}
            value={start}
            onChange={(value) => change({ start: value })}
          />
          <Button onClick={() => change({ seed: seed + 1 })}>Other chains</Button>
        </>
      }
      caption={`Eight chains of block Gibbs, the first of them drawn as the ball of another colour; ${LONGEST.toLocaleString('en')} sweeps at most; any change starts them afresh, and nothing is discarded as burn-in. Marks, grey arcs and dashed curves are exact, from all 8 × 8 states; the error of the estimated time is that of Madras and Sokal, and holds only where the estimate is reliable.`}
    >
      <Panel title="Free energy F(v), above the lowest">
        <LandscapePicture
          landscape={landscape}
          states={report?.states ?? new Uint8Array(CHAINS)}
          fast={speed === 'fast'}
        />
        <Facts
          facts={{
            'Barrier from 000, exact': landscape.barrier.toFixed(2),
            'P(000), exact': (landscape.probabilities[0] as number).toFixed(3),
            'P(111), exact': (landscape.probabilities[7] as number).toFixed(3),
          }}
        />
      </Panel>
      <Panel title="Flows in a sweep: grey exact, coloured of the run">
        <FlowPicture landscape={landscape} moves={report?.moves ?? new Float64Array(STATES * STATES)} />
      </Panel>
      <Panel title="The last sweeps of the eight chains: from all off, cold, to all on, warm" wide>
        <Ribbons report={report} />
      </Panel>
      <Panel title="Autocorrelation of the number of units on">
        <LineChart
          label="Autocorrelation against lag in sweeps, exact and of the run"
          x={lags}
          curves={[
            { label: 'run', values: report?.memory ? Array.from(report.memory.correlations) : [] },
            { label: 'exact', values: exactAutocorrelation(landscape, LAGS), colour: 2, dashed: true },
          ]}
          xLabel="lag in sweeps"
          yLabel="ρ"
          range={[-0.2, 1.05]}
        />
        <Times report={report} exact={landscape.autocorrelationTime} />
      </Panel>
      <Panel title="Where the chains were, and what crossed">
        <Visits report={report} probabilities={landscape.probabilities} />
        <Counts report={report} flows={landscape.flows} />
      </Panel>
      {failure !== undefined && <Problem error={failure} />}
    </Figure>
  );
}

const lags: readonly number[] = Array.from({ length: LAGS + 1 }, (_, lag) => lag);

/** A run in a worker, which ends with the component. */
function useEnsemble({ coupling, tilt, start, seed }: Run): {
  report: EnsembleReport | undefined;
  problem: unknown;
  advance: (sweeps: number) => Promise<void>;
} {
  const [remote, setRemote] = useState<Remote<Sampling>>();
  const [report, setReport] = useState<EnsembleReport>();
  const [problem, setProblem] = useState<unknown>();
  const present = useRef(0);

  useEffect(() => {
    const worker = new Worker(new URL('./ensemble.worker.ts', import.meta.url), { type: 'module' });
    setRemote(() => wrap<Sampling>(worker));
    return () => worker.terminate();
  }, []);

  const keep = (next: EnsembleReport | undefined): void => {
    if (next?.run === present.current) setReport(next);
  };

  useEffect(() => {
    if (!remote) return;
    present.current++;
    setProblem(undefined);
    remote.begin({ id: present.current, coupling, tilt, start, seed }).then(keep, setProblem);
  }, [remote, coupling, tilt, start, seed]);

  return { report, problem, advance: async (sweeps) => keep(await remote?.advance(sweeps)) };
}

const ribbonShading: Shading = { kind: 'signed', scale: UNITS / 2 };

/** A ribbon for each chain: time runs to the right. */
function Ribbons({ report }: { report: EnsembleReport | undefined }): JSX.Element {
  const [thickness, shown] = [5, (report?.recent.length ?? 0) / CHAINS];
  const shades = useMemo(() => {
    const image = new Float64Array(CHAINS * thickness * RECENT);
    for (let row = 0; row < CHAINS * thickness; row++) {
      const chain = Math.floor(row / thickness);
      for (let t = 0; t < shown; t++) {
        const on = report?.recent[chain * shown + t] as number;
        image[row * RECENT + RECENT - shown + t] = on - UNITS / 2;
      }
    }
    return image;
  }, [report?.recent]);
  return (
    <div class="ribbons">
      <PixelGrid
        label="For each of eight chains, how many units were on in each of the last sweeps"
        values={shades}
        width={RECENT}
        height={thickness}
        columns={1}
        shading={ribbonShading}
      />
    </div>
  );
}

function Times({ report, exact }: { report: EnsembleReport | undefined; exact: number }): JSX.Element {
  const memory = report?.memory;
  const time = memory ? `${rounded(memory.time)}${memory.reliable ? ` ± ${rounded(memory.standardError)}` : ''}` : '–';
  return (
    <Facts
      facts={{
        Sweeps: report?.sweeps ?? 0,
        'Autocorrelation time, estimate': time,
        'Calls itself reliable': memory ? (memory.reliable ? 'yes' : 'no, too short a run') : '–',
        'Autocorrelation time, exact': rounded(exact),
      }}
    />
  );
}

/** To as many digits as tell something of a time. */
function rounded(time: number): string {
  return time < 100 ? time.toFixed(1) : Math.round(time).toLocaleString('en');
}

function Visits(props: { report: EnsembleReport | undefined; probabilities: Float64Array }): JSX.Element {
  const { report, probabilities } = props;
  const total = CHAINS * Math.max(1, report?.sweeps ?? 0);
  return (
    <Columns
      label="Share of the sweeps that ended in each visible state, with the exact probabilities"
      columns={drawingOrder.map((state) => ({
        label: <Bits values={unitsOf(state)} />,
        value: (report?.visits[state] ?? 0) / total,
        expected: probabilities[state] as number,
      }))}
    />
  );
}

/** Pairs of states between which most flows, and how often the chains went there and back. */
function Counts({ report, flows }: { report: EnsembleReport | undefined; flows: Float64Array }): JSX.Element {
  const total = CHAINS * (report?.sweeps ?? 0);
  const pairs = drawingOrder
    .flatMap((from, n) =>
      drawingOrder.slice(n + 1).map((to) => ({ from, to, flow: flows[STATES * from + to] as number })),
    )
    .sort((a, b) => b.flow - a.flow);
  // The passage from mode to mode is shown however rare it is.
  const through = pairs.find(({ from, to }) => from === 0 && to === STATES - 1);
  const shown = [...pairs.filter((pair) => pair !== through).slice(0, 3), ...(through ? [through] : [])];
  return (
    <table class="counts">
      <thead>
        <tr>
          <th scope="col">i, j</th>
          <th scope="col">expected</th>
          <th scope="col">i → j</th>
          <th scope="col">j → i</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ from, to, flow }) => (
          <tr key={`${from} ${to}`}>
            <th scope="row">
              {digits(from)}, {digits(to)}
            </th>
            <td>{(total * flow).toFixed(1)}</td>
            <td>{report?.moves[STATES * from + to] ?? 0}</td>
            <td>{report?.moves[STATES * to + from] ?? 0}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { type Remote, wrap } from 'comlink';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { Button, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelGrid } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import { onsagerEnergy, yangMagnetisation } from './exact-ising.js';
import { type Measured, SIDE } from './lattice.js';
import type { LatticeReport, PhysicsWorker } from './physics.worker.js';
import { type Learned, type Observables, SMALL } from './small-lattice.js';

const defaults = { temperature: 2.3, seed: 1 };

const temperatures: readonly number[] = Array.from({ length: 61 }, (_, n) => 1 + 0.05 * n);

export default function Physics(): JSX.Element {
  return (
    <>
      <p>The oldest energy-based model is Ising's magnet: spins ±1 on a lattice, each in favour of its neighbours,</p>
      <Equation block tex="E(s) = -J \sum_{\langle ij \rangle} s_i s_j, \qquad P(s) \propto e^{-E(s)/T}." />
      <p>
        In two dimensions it is solved: Onsager knew its energy at every temperature, and that it becomes a magnet below{' '}
        <Equation tex="T_c = 2/\log(1+\sqrt2) \approx 2.269" />. A sampler that is right has to find the same numbers.
        So has a machine that has seen nothing but samples: it learns the distribution without being told the energy.
      </p>
      <Laboratory />
      <Question answer="Near 2.27 domains of all sizes come and go, and a measurement there needs more than a hundred sweeps to forget the last one; far from it a few are enough. The energy of 32 × 32 spins is that of infinitely many to a thousandth at T = 2.5 and better at 2; at the critical point it is −1.434 instead of −1.414. The machine's energies come out right to one or a few hundredths at most temperatures. But look at the divergence: at T = 1.5 it is nearly three nats, though the energy is right to a fiftieth: in the cold its chains seldom turn the magnet over, and it takes one sign for more probable than the other.">
        Where does the autocorrelation time grow largest? At which temperatures does the machine get the energy right to
        a hundredth, and where does it have trouble?
      </Question>
    </>
  );
}

/** What there is at one temperature. */
interface Results {
  readonly temperature: number;
  readonly energy: number;
}

function Laboratory(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const temperature = Math.min(4, Math.max(1, settings.temperature));
  const { seed } = settings;
  const worker = useWorker();
  const [running, setRunning] = useState(false);
  const [learning, setLearning] = useState(false);
  const [report, setReport] = useState<LatticeReport>();
  const [learned, setLearned] = useState<Learned>();
  const [exact, setExact] = useState<Observables>();
  const [curve, setCurve] = useState<readonly Observables[]>([]);
  const [found, setFound] = useState<readonly Results[]>([]);
  useEffect(() => {
    setReport(undefined);
    setLearned(undefined);
    setLearning(false);
    let left = false;
    worker
      ?.exact([temperature])
      .then(([observables]) => !left && setExact(observables))
      .catch(() => {});
    return () => {
      left = true;
    };
  }, [worker, temperature, seed]);
  useEffect(() => {
    worker
      ?.exact(temperatures)
      .then(setCurve)
      .catch(() => {});
  }, [worker]);
  const failure = useLoop(
    running && worker !== undefined,
    async (signal) => {
      const next = await worker?.advance(temperature, seed, 10);
      if (next && !signal.aborted) setReport(next);
    },
    20,
  );
  const trouble = useLoop(learning && worker !== undefined, async (signal) => {
    const next = await worker?.learn(temperature, seed);
    if (signal.aborted) return;
    if (next) setLearned(next);
    else {
      setLearning(false);
      if (learned) setFound((now) => [...now, { temperature, energy: learned.energy }]);
    }
  });
  return (
    <Figure
      label="A magnet, and a machine that learned it"
      controls={
        <>
          <Button primary onClick={() => setRunning(!running)}>
            {running ? 'Pause' : 'Heat it'}
          </Button>
          <Slider
            label="Temperature"
            value={temperature}
            min={1}
            max={4}
            step={0.05}
            format={(value) => value.toFixed(2)}
            onChange={(value) => change({ temperature: value })}
          />
          <Button disabled={learning} onClick={() => setLearning(true)}>
            Teach a machine at this temperature
          </Button>
          <Button onClick={() => change({ seed: seed + 1 })}>Other random numbers</Button>
        </>
      }
      caption={`Left: ${SIDE} × ${SIDE} spins, periodic, in a worker, by block Gibbs over two colours; errors are standard errors that count the autocorrelation; exact is of the infinite lattice. Right: a restricted Boltzmann machine of 16 spins and 16 hidden ones learns from 5,000 samples of a lattice of ${SMALL} × ${SMALL}; its numbers and those of that lattice are exact sums over all 65,536 states.`}
    >
      <Panel title={`The lattice at T = ${temperature.toFixed(2)}`}>
        <PixelGrid
          label={`Spins of the lattice, ${SIDE} × ${SIDE}, dark for up`}
          values={report ? report.spins.map((s) => (s + 1) / 2) : new Float64Array(SIDE * SIDE).fill(1)}
          width={SIDE}
          height={SIDE}
          columns={1}
        />
      </Panel>
      <Panel title="A machine that learned a small lattice">
        <LineChart
          label="Energy a spin of the small lattice against temperature, exact, and of machines that learned it"
          x={temperatures}
          curves={[
            { label: 'exact, 4 × 4', values: curve.map(({ energy }) => energy) },
            { label: 'learned', values: learnedCurve(found, temperature, learned), colour: 2, marked: true },
          ]}
          xLabel="temperature"
          yLabel="energy a spin"
        />
        <Facts
          facts={{
            'Steps of learning': learned?.step ?? 0,
            'KL divergence, exact': learned ? `${learned.divergence.toFixed(4)} nats` : '–',
            'Energy, learned': learned ? learned.energy.toFixed(4) : '–',
            'Energy, exact': exact ? exact.energy.toFixed(4) : '–',
            'Magnetisation, learned': learned ? learned.magnetisation.toFixed(4) : '–',
            'Magnetisation, exact': exact ? exact.magnetisation.toFixed(4) : '–',
          }}
        />
      </Panel>
      <Panel title="Measured on the lattice" wide>
        <Facts
          facts={{
            'Sweeps measured': report?.sweeps ?? 0,
            'Energy a spin': withError(report?.energy),
            'Energy, infinite lattice': onsagerEnergy(temperature).toFixed(4),
            Magnetisation: withError(report?.magnetisation),
            'Magnetisation, infinite lattice': yangMagnetisation(temperature).toFixed(4),
            'Autocorrelation time': autocorrelation(report?.energy),
          }}
        />
      </Panel>
      {(failure ?? trouble) !== undefined && <Problem error={failure ?? trouble} />}
    </Figure>
  );
}

function withError(measured: Measured | undefined): string {
  return measured ? `${measured.mean.toFixed(4)} ± ${measured.error.toFixed(4)}` : '–';
}

function autocorrelation(measured: Measured | undefined): string {
  if (!measured) return '–';
  return `${measured.autocorrelation.toFixed(1)} sweeps${measured.reliable ? '' : ', not reliable yet'}`;
}

/** Energies of machines at the temperatures of the curve. */
function learnedCurve(found: readonly Results[], now: number, learned: Learned | undefined): (number | null)[] {
  const all = learned ? [...found, { temperature: now, energy: learned.energy }] : found;
  return temperatures.map((t) => all.findLast(({ temperature }) => Math.abs(temperature - t) < 0.026)?.energy ?? null);
}

/** A worker of the component's own. */
function useWorker(): Remote<PhysicsWorker> | undefined {
  const [remote, setRemote] = useState<Remote<PhysicsWorker>>();
  const thread = useRef<Worker | null>(null);
  useEffect(() => {
    thread.current = new Worker(new URL('./physics.worker.ts', import.meta.url), { type: 'module' });
    const wrapped = wrap<PhysicsWorker>(thread.current);
    setRemote(() => wrapped);
    return () => thread.current?.terminate();
  }, []);
  return remote;
}

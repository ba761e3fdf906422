import { generator, reference, visibleDistribution } from '@rbm/core';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { useBackend } from '../../open-backends.js';
import { Bits } from '../../parts/bits.js';
import { Columns } from '../../parts/columns.js';
import { Button, Choice, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { Problem } from '../../parts/problem.js';
import { Chain, expectedTotalVariation, type Half, stateNumber } from './chain.js';
import { Graph, signed } from './graph.js';
import {
  type Configuration,
  drawParameters,
  formatParameters,
  initialParameters,
  LARGEST,
  makeMachine,
  type Parameters,
  parameterNames,
  parseParameters,
  readMachine,
  weightIndex,
  withoutWeights,
} from './machine.js';
import './style.css';

const defaults = { parameters: '', seed: 1 };

/** How fast a chain is followed. */
const speeds = [
  { value: 'half-steps', label: 'half-steps', rate: 1.2, sweeps: 0 },
  { value: 'sweeps', label: '10 sweeps a second', rate: 10, sweeps: 1 },
  { value: 'fast', label: 'as fast as drawn', rate: 60, sweeps: 200 },
] as const;

type Speed = (typeof speeds)[number]['value'];

export default function Rbm(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const parameters = useMemo(() => parseParameters(settings.parameters), [settings.parameters]);
  const seed = Math.min(2 ** 32, Math.max(1, Math.round(settings.seed)));
  return (
    <>
      <p>
        A restricted Boltzmann machine has visible units <Equation tex="v_i" />, which data describe, and hidden units{' '}
        <Equation tex="h_j" />, all 0 or 1. Units of one layer do not act on each other:
      </p>
      <Equation block tex="E(v,h) = -\sum_i a_i v_i - \sum_j b_j h_j - \sum_{ij} v_i w_{ij} h_j," />
      <p>
        and <Equation tex="P(v,h) = e^{-E(v,h)}/Z" />. Given one layer, the units of the other are independent,{' '}
        <Equation tex="P(h_j{=}1\mid v)=\sigma(z_j)" /> with <Equation tex="z_j = b_j + \sum_i v_i w_{ij}" />, and the
        hidden units can be summed out:
      </p>
      <Equation
        block
        tex="P(v) = \frac{e^{-F(v)}}{Z}, \qquad F(v) = -\sum_i a_i v_i - \sum_j \log\bigl(1 + e^{z_j}\bigr)."
      />
      <Machine parameters={parameters} seed={seed} change={change} />
      <Question answer="No. With the first weights the energy is least, −0.5, at v = (0, 1, 1, 0) with only h₂ on; but the most probable visible state is (0, 0, 0, 1), with P(v) = 0.26 against 0.10. There h₁ and h₃ have z = 0 and are free: four states of energy 0 share that v, and together they count for more than one of energy −0.5. P(v) is ruled by the free energy, which sums over all h.">
        Click the units until the energy is as low as it gets. Is that visible state also the most probable one?
      </Question>
    </>
  );
}

function Machine(props: {
  parameters: Parameters;
  seed: number;
  change: (changes: { parameters?: string; seed?: number }) => void;
}): JSX.Element {
  const { parameters, seed, change } = props;
  const { backend, failure } = useBackend('reference', reference);
  const model = useMemo(() => makeMachine(parameters), [parameters]);
  const { probabilities, states } = useMemo(() => visibleDistribution(model), [model]);
  const [configuration, setConfiguration] = useState<Configuration>({ visible: [1, 0, 1, 0], hidden: [0, 0, 0] });
  const [next, setNext] = useState<Half>('hidden');
  const [drawn, setDrawn] = useState<{ half: Half; count: number }>();
  const [selected, setSelected] = useState(weightIndex(3, 2));
  const [running, setRunning] = useState(false);
  const [speed, setSpeed] = useState<Speed>('half-steps');
  const [chain, setChain] = useState<Chain>();
  const [problem, setProblem] = useState<unknown>();
  const present = useRef(configuration);
  present.current = configuration;

  useEffect(() => {
    if (!backend) return;
    let left = false;
    let started: Chain | undefined;
    Chain.start(backend, model, generator(seed))
      .then((made) => {
        if (left) return made.dispose();
        started = made;
        setChain(made);
      })
      .catch(setProblem);
    return () => {
      left = true;
      started?.dispose();
      setChain(undefined);
    };
  }, [backend, model, seed]);

  const halfStep = async (): Promise<void> => {
    if (!chain || chain.disposed) return;
    const after = await chain.draw(next, present.current);
    if (chain.disposed) return;
    setConfiguration(after);
    setDrawn((last) => ({ half: next, count: (last?.count ?? 0) + 1 }));
    setNext(next === 'hidden' ? 'visible' : 'hidden');
  };
  const { rate, sweeps } = speeds.find(({ value }) => value === speed) ?? speeds[0];
  const loopProblem = useLoop(
    running && chain !== undefined,
    async () => {
      if (sweeps === 0) return halfStep();
      if (!chain || chain.disposed) return;
      const after = await chain.run(sweeps, present.current);
      if (chain.disposed) return;
      setConfiguration(after);
      setNext('hidden');
      setDrawn(undefined);
    },
    rate,
  );

  const reading = readMachine(model, configuration);
  const count = chain?.sweeps ?? 0;
  const here = stateNumber(configuration.visible);
  const setParameter = (value: number): void =>
    change({ parameters: formatParameters(parameters.with(selected, value)) });
  return (
    <Figure
      label="A restricted Boltzmann machine of seven units"
      controls={
        <>
          <Button primary onClick={() => setRunning(!running)}>
            {running ? 'Pause' : 'Run the chain'}
          </Button>
          <Button disabled={running || !chain} onClick={() => void halfStep().catch(setProblem)}>
            {next === 'hidden' ? 'Draw h given v' : 'Draw v given h'}
          </Button>
          <Choice label="Speed" options={speeds} value={speed} onChange={setSpeed} />
          <Button onClick={() => change({ seed: seed + 1 })}>Another chain</Button>
          <label>
            Parameter{' '}
            <select value={selected} onChange={({ currentTarget }) => setSelected(Number(currentTarget.value))}>
              {parameterNames.map((name, index) => (
                <option key={name} value={index}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <Slider
            label={parameterNames[selected] as string}
            value={parameters[selected] as number}
            min={-LARGEST}
            max={LARGEST}
            step={0.1}
            format={(value) => signed(value, 1)}
            onChange={setParameter}
          />
          <Button onClick={() => change({ parameters: formatParameters(withoutWeights(parameters)) })}>
            No weights
          </Button>
          <Button onClick={() => change({ parameters: formatParameters(drawParameters(seed)), seed: seed + 1 })}>
            Other weights
          </Button>
          <Button disabled={parameters === initialParameters} onClick={() => change({ parameters: '' })}>
            First weights
          </Button>
        </>
      }
      caption={
        <>
          Click a unit, or focus it and press space, to switch it; click a line to change its weight. Lines: warm for
          positive, cold and dashed for negative, as wide as strong; the stub of a unit is its bias. A ring is filled to
          the probability that its unit is 1, given the other layer. All probabilities are exact; marks in the histogram
          are P(v).
        </>
      }
    >
      <Panel title="Energy of a state">
        <Graph
          parameters={parameters}
          configuration={configuration}
          reading={reading}
          selected={selected}
          drawn={drawn}
          fast={running && sweeps > 0}
          onSelect={setSelected}
          onToggle={(layer, unit) =>
            setConfiguration((now) => ({ ...now, [layer]: now[layer].with(unit, 1 - (now[layer][unit] as number)) }))
          }
        />
        <Facts
          facts={{
            'Energy E(v, h)': signed(reading.energy),
            'Free energy F(v)': signed(reading.freeEnergy),
            'P(v, h), exact': reading.jointProbability.toFixed(4),
            'P(v), exact': reading.visibleProbability.toFixed(4),
            'log Z, exact': signed(reading.logPartition, 3),
          }}
        />
      </Panel>
      <Panel title="Block Gibbs: visible states of one chain">
        <Columns
          label="Share of the sweeps that ended in each of the 16 visible states, with the exact probabilities"
          columns={Array.from(probabilities, (expected, state) => ({
            label: <Bits values={states.subarray(4 * state, 4 * state + 4)} />,
            value: count === 0 ? 0 : (chain?.visits[state] as number) / count,
            expected,
            active: state === here,
          }))}
        />
        <Facts
          facts={{
            Sweeps: count,
            'Total variation from P(v)': count === 0 ? '–' : (chain as Chain).totalVariation(probabilities).toFixed(4),
            'Expected of independent samples':
              count < 100 ? '–' : expectedTotalVariation(probabilities, count).toFixed(4),
          }}
        />
      </Panel>
      {(problem ?? loopProblem ?? failure) !== undefined && <Problem error={problem ?? loopProblem ?? failure} />}
    </Figure>
  );
}

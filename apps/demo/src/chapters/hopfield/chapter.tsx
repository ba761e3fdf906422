import { reference } from '@rbm/core';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { useBackend } from '../../open-backends.js';
import { Bars } from '../../parts/bars.js';
import { Button, Choice, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelEditor, PixelGrid } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import {
  corrupt,
  energyOf,
  firstPatterns,
  overlaps,
  randomPatterns,
  remember,
  rules,
  SIDE,
  sweep,
  UNITS,
} from './network.js';
import './style.css';

const defaults = { rule: 'hebb', random: 0, damage: 0.2, temperature: 0, seed: 1 };

/** Sweeps that the curve keeps. */
const KEPT = 200;

export default function Hopfield(): JSX.Element {
  return (
    <>
      <p>
        In Hopfield's network all units act on each other. A state is a picture, here of 64 pixels of ±1, and its energy
        is
      </p>
      <Equation
        block
        tex="E(x) = -\sum_i a_i x_i - \tfrac12 \sum_{ij} x_i J_{ij} x_j, \qquad J_{ij} = \frac1n \sum_\mu \xi_i^\mu \xi_j^\mu."
      />
      <p>
        Hebb's rule on the right makes minima of the patterns <Equation tex="\xi^\mu" />. One pixel after the other
        takes the state of lower energy, and a damaged picture falls to the nearest memory. At a temperature{' '}
        <Equation tex="T" /> pixels are drawn from <Equation tex="P(x) \propto e^{-E(x)/T}" /> instead.
      </p>
      <Memory />
      <Question answer="Three patterns come back from a fifth of damage, and often from more. Hebb's rule stores about 0.14 n random patterns, nine for 64 pixels: with ten random ones added memories are blurred, with twenty they are lost; the pseudo-inverse keeps them all as minima, with smaller and smaller basins. Near T = 1 the memory melts: the overlaps fluctuate about zero.">
        How much damage is repaired? How many random patterns can you add before the first one is lost, and what changes
        with the pseudo-inverse? At which temperature does the memory melt?
      </Question>
    </>
  );
}

function Memory(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const rule = settings.rule in rules ? settings.rule : 'hebb';
  const added = Math.min(30, Math.max(0, Math.round(settings.random)));
  const damage = Math.min(0.5, Math.max(0, settings.damage));
  const temperature = Math.min(3, Math.max(0, settings.temperature));
  const { seed } = settings;
  const [own, setOwn] = useState<readonly Float64Array[]>(firstPatterns);
  const patterns = useMemo(() => [...own, ...randomPatterns(added, seed)], [own, added, seed]);
  const model = useMemo(() => remember(patterns, rules[rule] as (typeof rules)[string]), [patterns, rule]);
  const [state, setState] = useState<Float64Array>(() => (firstPatterns[0] as Float64Array).slice());
  const [energies, setEnergies] = useState<readonly number[]>([]);
  const [step, setStep] = useState(0);
  const [running, setRunning] = useState(false);
  const { backend, failure } = useBackend('reference', reference);
  const problem = useLoop(
    running && backend !== undefined,
    async (signal) => {
      if (!backend) return;
      const next = await sweep(model, backend, state, temperature, seed, step);
      if (signal.aborted) return;
      setState(next.state);
      setStep(step + 1);
      setEnergies((now) => [...now, energyOf(model, next.state)].slice(-KEPT));
      if (next.still) setRunning(false);
    },
    temperature === 0 ? 3 : 12,
  );
  /** Another picture to start from. */
  const begin = (from: Float64Array): void => {
    setState(from);
    setEnergies([energyOf(model, from)]);
  };
  const similar = overlaps(state, patterns);
  const shown = similar.slice(0, 12);
  return (
    <Figure
      label="A network that remembers pictures"
      controls={
        <>
          <Button primary onClick={() => setRunning(!running)}>
            {running ? 'Pause' : temperature === 0 ? 'Let it fall' : 'Run'}
          </Button>
          <Button onClick={() => begin(corrupt(state, damage, seed + step + energies.length))}>Damage it</Button>
          <Slider
            label="Damage"
            value={damage}
            min={0}
            max={0.5}
            step={0.05}
            format={(share) => `${Math.round(100 * share)} %`}
            onChange={(value) => change({ damage: value })}
          />
          <Slider
            label="Temperature"
            value={temperature}
            min={0}
            max={3}
            step={0.05}
            onChange={(value) => change({ temperature: value })}
          />
          <Slider
            label="Random patterns added"
            value={added}
            min={0}
            max={30}
            onChange={(value) => change({ random: value })}
          />
          <Choice
            label="Stored by"
            value={rule}
            options={[
              { value: 'hebb', label: 'Hebb' },
              { value: 'storkey', label: 'Storkey' },
              { value: 'pseudo-inverse', label: 'pseudo-inverse' },
            ]}
            onChange={(value) => change({ rule: value })}
          />
          <Button onClick={() => setOwn([...own, state.slice()])}>Store this picture</Button>
          <Button onClick={() => setOwn(firstPatterns)}>First patterns only</Button>
        </>
      }
      caption="Draw on the picture, or press a stored pattern to start from it. Random patterns are stored too, but not shown. Overlap 1 is the pattern itself, −1 its negative, which has the same energy."
    >
      <Panel title="The picture">
        <PixelEditor
          label="The state of the network"
          values={state.map((x) => (x + 1) / 2)}
          width={SIDE}
          height={SIDE}
          size="min(100%, 16rem)"
          onPaint={(pixel, value) => {
            const next = state.slice();
            next[pixel] = 2 * value - 1;
            begin(next);
          }}
        />
      </Panel>
      <Panel title="Memories">
        <div class="memories">
          {own.map((pattern, n) => (
            <button key={n} type="button" onClick={() => begin(pattern.slice())}>
              <PixelGrid
                label={`Pattern ${n + 1}`}
                values={pattern.map((x) => (x + 1) / 2)}
                width={SIDE}
                height={SIDE}
                columns={1}
                size="3.5rem"
              />
            </button>
          ))}
        </div>
        <Bars
          label="Overlap of the picture with each pattern, without its sign"
          max={1}
          bars={shown.map((m, n) => ({
            label: n < own.length ? `pattern ${n + 1}` : `random ${n - own.length + 1}`,
            value: Math.abs(m),
            note: m.toFixed(2),
            muted: n >= own.length,
          }))}
        />
      </Panel>
      <Panel title="Energy of the picture" wide>
        <LineChart
          label="Energy against sweeps"
          x={energies.map((_, n) => n)}
          curves={[{ label: 'energy', values: energies }]}
          xLabel="sweeps"
          yLabel="energy"
          height={180}
        />
        <Facts
          facts={{
            Energy: energyOf(model, state).toFixed(2),
            'Overlap with pattern 1': (similar[0] as number).toFixed(2),
            'Patterns stored': `${patterns.length}, ${(patterns.length / UNITS).toFixed(2)} for each unit`,
            State: running ? 'moving' : 'at rest',
          }}
        />
      </Panel>
      {(problem ?? failure) !== undefined && <Problem error={problem ?? failure} />}
    </Figure>
  );
}

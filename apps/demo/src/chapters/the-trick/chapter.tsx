import { reference } from '@rbm/core';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { prefersStillness, useLoop } from '../../loop.js';
import { useBackend } from '../../open-backends.js';
import { Bits } from '../../parts/bits.js';
import { Columns } from '../../parts/columns.js';
import { Button, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { Problem } from '../../parts/problem.js';
import { expectedVariation, makeForms, STATES, Tally, type TwoForms, totalVariation, UNITS } from './two-forms.js';
import { Unfolding } from './unfolding.js';
import './style.css';

const defaults = { strength: 0.7, seed: 3 };

/** Milliseconds in which the graph unfolds. */
const UNFOLDING = 1500;

export default function TheTrick(): JSX.Element {
  return (
    <>
      <p>
        In a Hopfield network every unit acts on every other. A factor of the couplings,{' '}
        <Equation tex="J = W W^{\mathsf T}" />, and a Gaussian integral for each of its columns, take the units apart
        (Hubbard and Stratonovich):
      </p>
      <Equation
        block
        tex="e^{\frac12 \sum_{ij} x_i J_{ij} x_j} \propto \int\! dh\; e^{-\frac12 \sum_j h_j^2 + \sum_{ij} x_i w_{ij} h_j}."
      />
      <p>
        Now the units speak to each other through hidden ones only, and given those they are independent: two layers, to
        be drawn one after the other. <Equation tex="J" /> has zeros on its diagonal, and so is never positive
        semidefinite: the diagonal is raised first, which for units of ±1 adds a constant to all energies.
      </p>
      <Unfolded />
      <Question answer="Nothing but how the states follow each other: the probabilities are the same to rounding, and both histograms come to them. The unfolded chain takes more sweeps for the same precision, the more so the stronger the couplings: hidden units remember where the visible ones were.">
        What does unfolding change in the distribution of the states? Make the couplings stronger: which of the two
        histograms settles more slowly?
      </Question>
    </>
  );
}

function Unfolded(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const strength = Math.min(2, Math.max(0.1, settings.strength));
  const seed = Math.max(0, Math.round(settings.seed));
  const forms = useMemo(() => makeForms(strength, seed), [strength, seed]);
  const [share, setShare] = useState(0);
  const [goal, setGoal] = useState(0);
  useLoop(share !== goal, () => {
    const step = 1000 / 60 / UNFOLDING;
    setShare(prefersStillness() ? goal : share + Math.min(step, Math.max(-step, goal - share)));
  });
  const { backend, failure } = useBackend('reference', reference);
  const [running, setRunning] = useState(false);
  const [tallies, setTallies] = useState(() => begin(forms, seed));
  const [, setSteps] = useState(0);
  useEffect(() => {
    setTallies(begin(forms, seed));
  }, [forms, seed]);
  const problem = useLoop(running && backend !== undefined, async () => {
    if (!backend) return;
    for (const tally of tallies) await tally.step(backend);
    setSteps((count) => count + 1);
  });
  const [network, unfolded] = tallies;
  const expected = expectedVariation(forms.exact, Math.max(1, network.total));
  return (
    <Figure
      label="A network, and the same unfolded into two layers"
      controls={
        <>
          <Button primary onClick={() => setRunning(!running)}>
            {running ? 'Pause' : 'Sample both'}
          </Button>
          <Button onClick={() => setGoal(goal === 0 ? 1 : 0)}>{goal === 0 ? 'Unfold' : 'Fold'}</Button>
          <Slider
            label="Unfolded by hand"
            value={Math.round(100 * share)}
            min={0}
            max={100}
            format={(percent) => `${percent} %`}
            onChange={(percent) => {
              setShare(percent / 100);
              setGoal(percent / 100);
            }}
          />
          <Slider
            label="Strength of couplings"
            value={strength}
            min={0.1}
            max={2}
            step={0.1}
            onChange={(value) => change({ strength: value })}
          />
          <Button onClick={() => change({ seed: seed + 1 })}>Other couplings</Button>
          <Button onClick={() => setTallies(begin(forms, seed))}>Forget the samples</Button>
        </>
      }
      caption="Warm lines: positive, cold and dashed: negative, as wide as strong. Marks in the histograms are the exact probabilities of the 16 states. The total variation is half the sum of the differences; expected is what independent samples of that number would have on average."
    >
      <Panel title="Units that all act on each other, unfolded" wide>
        <Unfolding forms={forms} share={share} />
      </Panel>
      <Panel title="Samples of the network">
        <Histogram tally={network} forms={forms} label="the network" />
      </Panel>
      <Panel title="Samples of the two layers">
        <Histogram tally={unfolded} forms={forms} label="the two layers" />
      </Panel>
      <Panel title="Are they the same?" wide>
        <Facts
          facts={{
            Samples: network.total.toLocaleString('en'),
            'Total variation, network': totalVariation(network.counts, forms.exact).toFixed(4),
            'Total variation, two layers': totalVariation(unfolded.counts, forms.exact).toFixed(4),
            'Expected of independent samples': network.total > 0 ? expected.toFixed(4) : '–',
            'Difference of exact probabilities': forms.difference.toExponential(1),
            'Added to the diagonal': forms.shift.toFixed(3),
          }}
        />
      </Panel>
      {(problem ?? failure) !== undefined && <Problem error={problem ?? failure} />}
    </Figure>
  );
}

function begin({ network, unfolded }: TwoForms, seed: number): readonly [Tally, Tally] {
  return [new Tally(network, seed), new Tally(unfolded, seed)];
}

function Histogram({ tally, forms, label }: { tally: Tally; forms: TwoForms; label: string }): JSX.Element {
  const { counts, total } = tally;
  return (
    <Columns
      label={`Frequencies of the ${STATES} states of ${label}, beside their exact probabilities`}
      max={1.5 * Math.max(...forms.exact)}
      columns={Array.from(counts, (count, state) => ({
        label: <Bits values={Array.from({ length: UNITS }, (_, i) => (state >> i) & 1)} />,
        value: total > 0 ? count / total : 0,
        expected: forms.exact[state] as number,
      }))}
    />
  );
}

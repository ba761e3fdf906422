import { reference } from '@rbm/core';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { useBackend } from '../../open-backends.js';
import { Bars } from '../../parts/bars.js';
import { Button, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelGrid } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import { type Comparison, compare, drawSeen, FEATURELESS, learn, PATTERNS, patterns } from './unseen.js';

const defaults = { seen: 20, seed: 1 };

export default function WhyGenerate(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const seenCount = Math.min(60, Math.max(1, Math.round(settings.seen)));
  return (
    <>
      <p>
        A generative model is a distribution <Equation tex="P_\lambda(x)" /> that should be that of the world, made from
        a few observations of it. The plainest one repeats what it saw,
      </p>
      <Equation block tex="P(x) = \frac1N \sum_{n=1}^{N} \delta(x_n, x)," />
      <p>
        and gives probability zero to everything else. Here the world is the 14 pictures of 3 × 3 pixels whose rows, or
        whose columns, are each of one colour; there are 512 pictures in all.
      </p>
      <Comparing seen={seenCount} seed={settings.seed} change={change} />
      <Question answer="With nine observations the machine is best after some forty steps, at about four nats, hardly better than knowing nothing; from then on it learns the nine by heart and its divergence rises to seven or eight. With twenty it comes down to about two nats, where the empirical distribution is still at infinity. It takes 45 draws on average to have seen all fourteen pictures; after that, repeating them is hard to beat.">
        Watch the machine's divergence with nine observations, and with twenty: when should it have stopped? How many
        observations does the empirical distribution need before it is the better model?
      </Question>
    </>
  );
}

function Comparing(props: {
  seen: number;
  seed: number;
  change: (changes: { seen?: number; seed?: number }) => void;
}): JSX.Element {
  const { seen, seed, change } = props;
  const { backend, failure } = useBackend('reference', reference);
  const [comparison, setComparison] = useState<Comparison>(() => compare(drawSeen(seen, seed)));
  const [learning, setLearning] = useState<ReturnType<typeof learn>>();
  const [running, setRunning] = useState(false);
  const [curve, setCurve] = useState<readonly Comparison[]>([]);
  useEffect(() => {
    const data = drawSeen(seen, seed);
    setComparison(compare(data));
    setCurve([compare(data)]);
    if (!backend) return;
    const run = learn(data, backend, seed);
    setLearning(run);
    return () => void run.return(undefined);
  }, [backend, seen, seed]);
  const problem = useLoop(running && learning !== undefined, async () => {
    const next = await learning?.next();
    if (!next || next.done) setRunning(false);
    else {
      const { value } = next;
      setComparison(value);
      setCurve((now) => [...now, value]);
    }
  });
  const { counts, model, steps, missing, empiricalDivergence, divergence } = comparison;
  return (
    <Figure
      label="The empirical distribution against a machine"
      controls={
        <>
          <Button primary onClick={() => setRunning(!running)}>
            {running ? 'Pause' : 'Learn'}
          </Button>
          <Slider label="Observations" value={seen} min={1} max={60} onChange={(value) => change({ seen: value })} />
          <Button onClick={() => change({ seed: seed + 1 })}>Other observations</Button>
        </>
      }
      caption="Grey bars: pictures that were never observed. The machine is a restricted Boltzmann machine of eight hidden units, trained with the exact gradient; its probabilities are exact."
    >
      <Panel title="Empirical distribution">
        <Bars
          label="Empirical probability of each of the 14 pictures"
          max={0.3}
          bars={counts.map((count, index) => ({
            label: <Pattern index={index} />,
            value: count / seen,
            note: count === 0 ? 'never seen' : `${count} of ${seen}`,
            muted: count === 0,
          }))}
        />
      </Panel>
      <Panel title="Machine">
        <Bars
          label="Probability of each of the 14 pictures under the machine"
          max={0.3}
          bars={model.map((probability, index) => ({
            label: <Pattern index={index} />,
            value: probability,
            muted: counts[index] === 0,
          }))}
        />
      </Panel>
      <Panel title="KL divergence of the machine from the world, exact" wide>
        <LineChart
          label="KL divergence of the machine from the world against steps of learning"
          x={curve.map(({ steps: at }) => at)}
          curves={[
            { label: 'machine', values: curve.map((each) => each.divergence) },
            { label: 'knowing nothing', values: curve.map(() => FEATURELESS), colour: 2, dashed: true },
          ]}
          xLabel="steps"
          yLabel="nats"
          height={180}
        />
      </Panel>
      <Panel title="Distance from the world" wide>
        <Facts
          facts={{
            'Never observed': `${missing} of ${PATTERNS}`,
            'KL divergence, empirical': missing > 0 ? '∞' : `${empiricalDivergence.toFixed(3)} nats`,
            'KL divergence, machine': `${divergence.toFixed(3)} nats`,
            'KL divergence, least so far': `${Math.min(...curve.map((each) => each.divergence)).toFixed(3)} nats`,
            'Steps of learning': steps,
          }}
        />
      </Panel>
      {(problem ?? failure) !== undefined && <Problem error={problem ?? failure} />}
    </Figure>
  );
}

function Pattern({ index }: { index: number }): JSX.Element {
  return (
    <PixelGrid
      label={`Picture ${index + 1}`}
      values={patterns.train.values.subarray(9 * index, 9 * index + 9)}
      width={3}
      height={3}
      columns={1}
      size="1.6rem"
    />
  );
}

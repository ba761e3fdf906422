import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useSettings } from '../../address.js';
import { useLoop } from '../../loop.js';
import { Button, Choice, FileButton, Slider } from '../../parts/controls.js';
import { Equation } from '../../parts/equation.js';
import { Facts, Figure, Panel, Question } from '../../parts/figure.js';
import { LineChart } from '../../parts/line-chart.js';
import { PixelGrid } from '../../parts/pixels.js';
import { Problem } from '../../parts/problem.js';
import { Completion } from './completion.js';
import type { Judgement, LabSettings } from './lab.js';
import type { Engine } from './lab-worker.js';
import type { OwnData } from './own-data.js';
import { type Laboratory, useLaboratory } from './use-laboratory.js';
import './style.css';

const defaults = {
  data: 'mnist',
  hidden: 128,
  estimator: 'pcd',
  k: 1,
  rate: 0.1,
  batch: 100,
  epochs: 30,
  seed: 1,
  engine: 'wasm',
};

/** Fantasy particles. */
const DREAMS = 40;
/** Sweeps between two looks at them. */
const SWEEPS = 5;

export default function Digits(): JSX.Element {
  return (
    <>
      <p>
        Now the machine is too large for exact sums. It learns handwritten digits by persistent chains; what it learned
        shows in its fantasies, in its weights, and in the likelihood of images it has never seen,
      </p>
      <Equation block tex="\log P(v) = -F(v) - \log Z," />
      <p>
        where <Equation tex="\log Z" /> is estimated by annealed importance sampling: an estimate that says how far it
        can be trusted. Train it, let it dream, draw half a digit, and bring data of your own.
      </p>
      <Workbench />
      <Question answer="On the first 500 held-out images, after 30 epochs: 128 hidden units and PCD come to about −101 nats, 98 better than independent pixels at −199; 512 to about −87. CD-1 stays at −117: its chains never get far from the data, and what lies elsewhere is not corrected. For 512 units the effective sample size is three of a hundred: annealing did not keep up, log Z comes out too small more often than not, and the likelihood too good.">
        How many nats are 128 hidden units better than independent pixels, and what do 512 add? Compare CD with PCD by
        the likelihood and by the fantasies. When is the effective sample size small?
      </Question>
    </>
  );
}

function Workbench(): JSX.Element {
  const [settings, change] = useSettings(defaults);
  const wanted: LabSettings = {
    hidden: clamp(settings.hidden, 1, 2048),
    estimator: settings.estimator === 'cd' ? 'cd' : 'pcd',
    k: clamp(settings.k, 1, 20),
    rate: Math.min(1, Math.max(0.001, settings.rate)),
    batch: clamp(settings.batch, 1, 1000),
    epochs: clamp(settings.epochs, 1, 200),
    seed: clamp(settings.seed, 0, 2 ** 32 - 1),
  };
  const own: OwnData = settings.data === 'digits' ? 'digits' : 'mnist';
  const engine: Engine = settings.engine === 'gpujs' ? 'gpujs' : 'wasm';
  const lab = useLaboratory(own, engine);
  const { state, summary, progress } = lab;
  const busy = state !== 'idle';
  const shape = summary && { width: summary.width, height: summary.height };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: there is a button for what can be dropped here
    <div
      class="drop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void lab.useFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Figure
        label="A laboratory for restricted Boltzmann machines of images"
        controls={
          <>
            <Button primary disabled={state === 'opening'} onClick={() => (busy ? lab.pause() : void lab.run(wanted))}>
              {busy && state !== 'opening' ? 'Pause' : lab.paused ? 'Resume' : 'Train'}
            </Button>
            <Button disabled={busy} onClick={lab.reset}>
              Start over
            </Button>
            <Choice
              label="Data"
              value={summary?.name.startsWith('mnist') ? 'mnist' : summary?.name === 'digits' ? 'digits' : ''}
              disabled={busy}
              options={[
                { value: 'mnist', label: 'MNIST 28 × 28' },
                { value: 'digits', label: 'digits 8 × 8' },
              ]}
              onChange={(data) => {
                change({ data });
                void lab.useOwn(data === 'digits' ? 'digits' : 'mnist');
              }}
            />
            <FileButton
              label="Your own data …"
              multiple
              disabled={busy}
              onFiles={(files) => void lab.useFiles(files)}
            />
            <Slider
              label="Hidden units"
              value={wanted.hidden}
              min={8}
              max={1024}
              logarithmic
              disabled={busy}
              onChange={(hidden) => change({ hidden: Math.round(hidden) })}
            />
            <Choice
              label="Negative phase"
              value={wanted.estimator}
              disabled={busy}
              options={[
                { value: 'pcd', label: 'PCD' },
                { value: 'cd', label: 'CD' },
              ]}
              onChange={(estimator) => change({ estimator })}
            />
            <Slider
              label="k, sweeps an update"
              value={wanted.k}
              min={1}
              max={20}
              disabled={busy}
              onChange={(k) => change({ k })}
            />
            <Slider
              label="Learning rate, falling to 0"
              value={wanted.rate}
              min={0.005}
              max={0.5}
              logarithmic
              disabled={busy}
              onChange={(rate) => change({ rate })}
            />
            <Slider
              label="Epochs"
              value={wanted.epochs}
              min={1}
              max={100}
              disabled={busy}
              onChange={(epochs) => change({ epochs })}
            />
            <Slider
              label="Images a batch"
              value={wanted.batch}
              min={10}
              max={500}
              step={10}
              disabled={busy}
              onChange={(batch) => change({ batch })}
            />
            <Choice
              label="Computed by"
              value={engine}
              disabled={busy}
              options={[
                { value: 'wasm', label: 'WebAssembly' },
                { value: 'gpujs', label: 'gpu.js' },
              ]}
              onChange={async (value) => {
                if (await lab.compute(value === 'gpujs' ? 'gpujs' : 'wasm')) change({ engine: value });
              }}
            />
            <Button disabled={busy || !lab.hasModel} onClick={() => void lab.save()}>
              Save the model
            </Button>
            <FileButton
              label="Load a model …"
              accept=".safetensors"
              disabled={busy}
              onFiles={async ([file]) => {
                const hidden = file && (await lab.load(file));
                if (hidden) change({ hidden });
              }}
            />
            <Button onClick={() => void navigator.clipboard.writeText(location.href)}>Copy link to settings</Button>
          </>
        }
        caption={
          <>
            {lab.info ? `Computed in a worker, by ${lab.info}. ` : ''}
            {crossOriginIsolated ? '' : 'This page is not cross-origin isolated, so there is one thread. '}
            Model files are those of the command line. Files can be dropped here: images, CSV, NPY or IDX; values above
            half of the largest become 1, a tenth of the samples is held out.
          </>
        }
      >
        {lab.failure !== undefined && (
          <div class="wide">
            <Problem error={lab.failure} />
          </div>
        )}
        <Panel title="Training" wide>
          <Facts
            facts={{
              Data: summary ? `${summary.name}, ${summary.train} + ${summary.test} held out` : 'loading …',
              Epoch: progress ? progress.epoch.toFixed(1) : '0',
              'Images a second': progress ? Math.round(progress.speed).toLocaleString('en') : '–',
            }}
          />
        </Panel>
        <Dreams lab={lab} />
        <Panel title="Weights of hidden units">
          {shape && progress && <Filters values={progress.filters} {...shape} />}
        </Panel>
        <Panel title="Log pseudo-likelihood, held out (not the likelihood)">
          <LineChart
            label="Log pseudo-likelihood of held-out images against epochs"
            x={lab.history.epochs}
            curves={[{ label: 'pseudo-likelihood', values: lab.history.pseudo }]}
            xLabel="epochs"
            yLabel="nats"
          />
        </Panel>
        <Likelihood lab={lab} />
        {summary && lab.hasModel && <Completion key={`${summary.name}${summary.width}`} lab={lab} data={summary} />}
      </Figure>
    </div>
  );
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(value)));
}

/** Chains that go on as long as somebody looks. */
function Dreams({ lab }: { lab: Laboratory }): JSX.Element {
  const [awake, setAwake] = useState(false);
  const [dreams, setDreams] = useState<Float32Array>();
  const { summary, hasModel } = lab;
  const failure = useLoop(
    hasModel && !awake,
    async () => {
      const next = await lab.dream(DREAMS, SWEEPS);
      if (next) setDreams(next);
    },
    4,
  );
  const fits =
    dreams !== undefined && summary !== undefined && dreams.length === DREAMS * summary.width * summary.height;
  return (
    <Panel title="Fantasy particles">
      {fits ? (
        <PixelGrid
          label={`${DREAMS} fantasy particles: the probability of each pixel to be on`}
          values={dreams}
          width={summary.width}
          height={summary.height}
          columns={8}
        />
      ) : (
        <p>They dream as soon as there is a model.</p>
      )}
      <Button disabled={!hasModel} pressed={awake} onClick={() => setAwake(!awake)}>
        Hold
      </Button>
      {failure !== undefined && <Problem error={failure} />}
    </Panel>
  );
}

function Filters({ values, width, height }: { values: Float32Array; width: number; height: number }): JSX.Element {
  const scale = Math.max(
    1e-6,
    values.reduce((most, w) => Math.max(most, Math.abs(w)), 0),
  );
  return (
    <PixelGrid
      label="Weights of the first hidden units, warm for positive, cold for negative"
      values={values}
      width={width}
      height={height}
      columns={10}
      shading={{ kind: 'signed', scale: scale / 2 }}
    />
  );
}

function Likelihood({ lab }: { lab: Laboratory }): JSX.Element {
  const { judgements, judging, hasModel } = lab;
  const latest = judgements.at(-1);
  return (
    <Panel title="Log-likelihood, held out, estimated by annealing">
      {latest && <LikelihoodCurve judgements={judgements} />}
      {latest && (
        <Facts
          facts={{
            'Log-likelihood': `${latest.logLikelihood.toFixed(2)} nats`,
            'Error over images': `± ${latest.error.toFixed(2)}`,
            'Error of log Z': `± ${latest.partitionError.toFixed(2)}`,
            'Effective sample size': `${latest.effectiveSampleSize.toFixed(1)} of ${latest.chains}`,
            'Independent pixels, exact': `${latest.independent.toFixed(2)} nats`,
          }}
        />
      )}
      <p class="after">
        <Button disabled={!hasModel || judging !== undefined} onClick={() => void lab.judge()}>
          {judging === undefined ? 'Estimate the likelihood' : `Annealing, ${Math.round(100 * judging)} %`}
        </Button>
      </p>
    </Panel>
  );
}

/** Training starts from independent pixels. */
function LikelihoodCurve({ judgements }: { judgements: readonly Judgement[] }): JSX.Element {
  const [first] = judgements as [Judgement];
  return (
    <LineChart
      label="Estimated log-likelihood of held-out images against epochs"
      x={[0, ...judgements.map(({ epoch }) => epoch)]}
      curves={[
        { label: 'log-likelihood', values: [first.independent, ...judgements.map((each) => each.logLikelihood)] },
      ]}
      xLabel="epochs"
      yLabel="nats"
    />
  );
}

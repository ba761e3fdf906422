import { bernoulli, createModel, type EnergyModel, gaussian, generator, ising, potts, rbm } from '@rbm/core';
import {
  builtInOptimizer,
  type Centring,
  centredCoordinates,
  type GradientSettings,
  type Optimizer,
  type OptimizerKind,
  type OptimizerSettings,
} from '@rbm/core/contracts';
import { demand } from '../layers/agreement.js';
import { drawNumbers, fillModel, type MakeBackend, Twins, withBackend } from './subject.js';

/** The rules of the toolkit, two of descent. */
const rules: readonly { readonly [Kind in OptimizerKind]: readonly [Kind, OptimizerSettings<Kind>] }[OptimizerKind][] =
  [
    ['sgd', { momentum: 0, nesterov: 0 }],
    ['sgd', { momentum: 0.5, nesterov: 1 }],
    ['rmsprop', { beta: 0.75, epsilon: 1e-3 }],
    ['adam', { beta1: 0.75, beta2: 0.9, epsilon: 1e-3 }],
    ['adamw', { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0.5 }],
  ];

/** What is done to gradients before: each alone, tried on one model. */
const single: readonly GradientSettings[] = [
  { l1: 0.5 },
  { l2: 0.5 },
  { group: 2 },
  { clipValue: 0.5 },
  { clipNorm: 1 },
  { clipNorm: 1e6 },
];
/** All together, groups only of dense weights, and nothing: tried on every model, centred too. */
const together = { l1: 0.25, l2: 0.5, clipValue: 0.75, clipNorm: 2 };
const preparationsOf = (dense: boolean): readonly GradientSettings[] => [
  {},
  dense ? { ...together, group: 0.5 } : together,
];

/** Steps on one gradient after another, from one in the middle of a training. */
const FIRST_STEP = 2;
const STEPS = 3;

/** Sizes around tiles of 32, a layer with minimums, one on both sides of interactions, and couplings that are not dense. */
function models(): EnergyModel[] {
  const branched = createModel({
    kind: 'testkit/branched',
    layers: [
      { name: 'visible', layer: gaussian(5), visible: true },
      { name: 'label', layer: potts(2, { categories: 3 }), visible: true },
      { name: 'hidden', layer: bernoulli(34) },
      { name: 'top', layer: bernoulli(3) },
    ],
    interactions: [
      { kind: 'dense', name: 'weights', between: [0, 2] },
      { kind: 'dense', name: 'labels', between: [2, 1] },
      { kind: 'dense', name: 'above', between: [2, 3] },
    ],
    blocks: [[2], [0, 1, 3]],
  });
  const made = [
    rbm({ visible: bernoulli(70), hidden: bernoulli(33) }),
    rbm({ visible: bernoulli(1), hidden: bernoulli(3) }),
    branched,
    ising({ shape: [4, 6], periodic: true }),
  ];
  return made.map((model, n) => fillModel(model, generator(60 + n)));
}

/** Offsets between 0 and 1 in the places of the fields. */
function centringOf(model: EnergyModel): Centring {
  const offsets = new Float64Array(model.layout.length);
  for (const { start } of model.layout.layers) {
    const fields = model.layout.arrays.find(({ offset }) => offset === start);
    for (let i = start; i < start + (fields?.length ?? 0); i++) {
      offsets[i] = Math.fround(generator(70).uniform(0, i, 0, 0));
    }
  }
  return { offsets, ...centredCoordinates(model) };
}

/** Every optimizer of the toolkit with every preparation, against its own functions in float64. */
export async function checkOptimizers(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const native = backend.capabilities.optimizers;
    for (const [n, model] of models().entries()) {
      const dense = model.interactions.every(({ kind }) => kind === 'dense');
      const twins = await Twins.prepare(backend, model);
      for (const [kind, rule] of rules) {
        for (const preparation of n === 0 ? single : []) {
          await compareSteps(twins, builtInOptimizer(kind, { ...rule, ...preparation }));
        }
        for (const preparation of preparationsOf(dense)) {
          const optimizer = builtInOptimizer(kind, { ...rule, ...preparation });
          if (dense) {
            const wanted = native !== 'all' && !native.includes(kind);
            const found = twins.found.updatesOnHost(optimizer);
            demand(found === wanted, `updatesOnHost of ${describe(optimizer)} is ${found}, wanted ${wanted}.`);
          }
          await compareSteps(twins, optimizer);
          await compareSteps(twins, builtInOptimizer(kind, { ...rule, ...preparation }, centringOf(model)));
        }
      }
      twins.dispose();
    }
  });
}

async function compareSteps(twins: Twins, optimizer: Optimizer): Promise<void> {
  const { layout, parameters } = twins.model;
  const { length } = layout;
  twins.backend.write(twins.found.parameters, parameters);
  twins.oracle.write(twins.wanted.parameters, parameters);
  const slots = optimizer.init(twins.model).map((array) => twins.allocate({ holds: 'parameters' }, array));
  const gradients = Array.from({ length: STEPS }, (_, n) =>
    twins.allocate({ holds: 'parameters' }, drawNumbers(length, 1, generator(80 + n))),
  );
  gradients.forEach((gradient, n) => {
    const at = { rate: 0.25 / (1 + n), step: FIRST_STEP + n };
    twins.run((program, of) => program.update(optimizer, of(gradient), slots.map(of), at));
  });
  const after = `after ${STEPS} steps of ${describe(optimizer)} from step ${FIRST_STEP}`;
  for (const [n, slot] of slots.entries()) await twins.compare(`Slot "${optimizer.slots[n]}" ${after}`, slot);
  const live = { found: twins.found.parameters, wanted: twins.wanted.parameters };
  await twins.compare(`The parameters ${after}`, live);
  // Weights may be kept in other forms too, from which inputs are computed.
  for (const layer of twins.model.layers.keys()) {
    const values = twins.model.layers.map((_, l) => twins.allocate({ holds: 'means', layer: l, rows: 1 }));
    for (const [l, twin] of values.entries()) {
      const data = drawNumbers(twin.wanted.length, 1, generator(90 + l));
      twins.backend.write(twin.found, data);
      twins.oracle.write(twin.wanted, data);
    }
    const inputs = twins.allocate({ holds: 'inputs', layer, rows: 1 });
    twins.run((program, of) => program.affine(layer, values.map(of), of(inputs)));
    await twins.compare(`What layer ${layer} receives ${after}`, inputs, 10);
    for (const { found, wanted } of [...values, inputs]) {
      found.dispose();
      wanted.dispose();
    }
  }
  for (const { found, wanted } of [...slots, ...gradients]) {
    found.dispose();
    wanted.dispose();
  }
}

function describe({ kind, settings }: Optimizer): string {
  return `${kind} ${JSON.stringify(settings)}`;
}

/** What is no optimizer of the toolkit runs on the host, and is reported. */
export async function checkHostOptimizers(make: MakeBackend): Promise<void> {
  await withBackend(make, async (backend) => {
    const { optimizers } = backend.capabilities;
    const program = await backend.prepare(models()[0] as EnergyModel);
    const own = { ...builtInOptimizer('sgd', { momentum: 0, nesterov: 0 }), kind: 'testkit/sgd' };
    const wanted = optimizers !== 'all';
    const found = program.updatesOnHost(own);
    demand(
      found === wanted,
      `updatesOnHost of the optimizer "${own.kind}" is ${found}, wanted ${wanted}: kinds that \`capabilities.optimizers\` does ` +
        'not list run on the host, and are reported.',
    );
    program.dispose();
  });
}

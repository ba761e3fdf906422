import { cloneModel, type EnergyModel, energy, generator } from '@rbm/core';
import type { Program } from '@rbm/core/contracts';
import { demand } from '../layers/agreement.js';
import { stationaryError, type TransitionTarget, transitionMatrix } from '../transition.js';
import { describeModel, eachModel, type SamplerSubject } from './subject.js';

const TOLERANCE = 1e-12;

/** The kernel at other parameters, between a base with weights and the model, and with clamped units: exact, without noise. */
export async function checkTargets(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    for (const [name, at] of targetsOf(model)) {
      const error = stationaryError(await transitionMatrix(subject.sampler, model, { at }));
      demand(
        error <= TOLERANCE,
        `On a ${describeModel(model)} at ${name}, one sweep takes the exact distribution p to one that differs by ${error}, wanted ` +
          `pP = p within ${TOLERANCE}. A kernel leaves its target invariant.`,
      );
    }
  });
}

function targetsOf(model: EnergyModel): [name: string, at: TransitionTarget][] {
  const [other, base] = [changed(model, 31), changed(model, 32)] as const;
  const upload = (program: Program, { parameters }: EnergyModel) => {
    const buffer = program.allocate({ holds: 'parameters' });
    program.backend.write(buffer, parameters);
    return buffer;
  };
  const boltzmann = (of: EnergyModel) => (values: Values) => Math.exp(-(energy(of, values)[0] as number));
  const beta = 0.3;
  const between = cloneModel(model);
  between.parameters.set(model.parameters.map((p, i) => (1 - beta) * (base.parameters[i] as number) + beta * p));
  const clamped = firstUnits(model);
  return [
    ['other parameters', { target: (program) => ({ parameters: upload(program, other) }), weight: boltzmann(other) }],
    [
      `β = ${beta} between a base with weights and the model`,
      { target: (program) => ({ base: upload(program, base), beta }), weight: boltzmann(between) },
    ],
    [
      'the model with the first unit of each layer clamped',
      {
        target: (program) => ({ clamp: clamped.map((mask, layer) => uploadMask(program, mask, layer)) }),
        weight: (values) => (isAtFirstState(model, values) ? boltzmann(model)(values) : 0),
      },
    ],
  ];
}

type Values = Readonly<Record<string, Float64Array>>;

/** The same model with other parameters. */
function changed(model: EnergyModel, seed: number): EnergyModel {
  const random = generator(seed);
  const other = cloneModel(model);
  other.parameters.forEach((_, i) => {
    other.parameters[i] = random.normal(0, i, 0, 0);
  });
  return other;
}

/** Masks of the first unit of each layer with more than one. */
function firstUnits({ layers }: EnergyModel): (Float64Array | undefined)[] {
  return layers.map(({ units }) =>
    units < 2 ? undefined : Float64Array.from({ length: units }, (_, unit) => (unit === 0 ? 1 : 0)),
  );
}

function uploadMask(program: Program, mask: Float64Array | undefined, layer: number) {
  if (!mask) return undefined;
  const buffer = program.allocate({ holds: 'mask', layer, rows: 1 });
  program.backend.write(buffer, mask);
  return buffer;
}

/** Whether the clamped units are in the first of their states. */
function isAtFirstState({ layers, names }: EnergyModel, values: Values): boolean {
  return layers.every((layer, l) => {
    if (layer.units < 2) return true;
    const first = new Float64Array(layer.width);
    layer.state(0, first, 0);
    const row = values[names[l] as string] as Float64Array;
    return first.every((x, k) => x === row[k]);
  });
}

import type { Generator } from '@rbm/core';
import type { Buffer, Inputs, Target } from '@rbm/core/contracts';
import { rowLength } from '@rbm/core/contracts';
import { drawNumbers, type Twin, type Twins } from './subject.js';

/** A target on the backend under test and on the reference. */
export interface TargetTwin {
  readonly name: string;
  readonly parameters?: Twin;
  readonly base?: Twin;
  readonly beta?: number | Twin;
  readonly clamp?: readonly (Twin | undefined)[];
}

/** Picks the buffer that belongs to the program at hand. */
export type Of = (twin: Twin) => Buffer;

/** The name that messages use for no target. */
export const nameOf = (target: TargetTwin | undefined): string => target?.name ?? 'the live parameters';

/** Whether the target's base has weights, so that inputs have two parts. */
export const isWeighted = (target: TargetTwin | undefined): boolean => target?.base?.found.spec.holds === 'parameters';

/** The target for one of the programs. */
export function targetOf(target: TargetTwin | undefined, of: Of): Target | undefined {
  if (!target) return undefined;
  const { parameters, base, beta, clamp } = target;
  const plain = {
    ...(parameters ? { parameters: of(parameters) } : {}),
    ...(clamp ? { clamp: clamp.map((mask) => mask && of(mask)) } : {}),
  };
  if (!base || beta === undefined) return plain;
  return { ...plain, base: of(base), beta: typeof beta === 'number' ? beta : of(beta) };
}

export function disposeTarget(target: TargetTwin | undefined): void {
  const { parameters, base, beta, clamp = [] } = target ?? {};
  const betas = typeof beta === 'object' ? beta : undefined;
  for (const twin of [parameters, base, betas, ...clamp]) {
    twin?.found.dispose();
    twin?.wanted.dispose();
  }
}

type MakeTarget = (twins: Twins, rows: number, random: Generator) => TargetTwin;

const makers: readonly MakeTarget[] = [
  (twins, _, random) => ({ name: 'one β', base: layerBase(twins, random), beta: 0.5 }),
  (twins, rows, random) => ({ name: 'a β for each row', base: layerBase(twins, random), beta: betas(twins, rows) }),
  (twins, _, random) => ({ name: 'other parameters', parameters: otherParameters(twins, random) }),
  (twins, _, random) => ({ name: 'one β, from a base with weights', base: otherParameters(twins, random), beta: 0.25 }),
  (twins, rows, random) => ({
    name: 'a β for each row, between other parameters and a base with weights',
    parameters: otherParameters(twins, random.fork('parameters')),
    base: otherParameters(twins, random),
    beta: betas(twins, rows),
  }),
  (twins, rows, random) => ({ name: 'clamped units, others in each row', clamp: masks(twins, rows, random) }),
  (twins, _, random) => ({
    name: 'units clamped in all rows, at one β',
    base: layerBase(twins, random),
    beta: 0.75,
    clamp: masks(twins, 1, random),
  }),
];

/** All targets to try an operation at, the live parameters first. */
export function allTargets(twins: Twins, rows: number, random: Generator): (TargetTwin | undefined)[] {
  return [undefined, ...makers.map((make) => make(twins, rows, random))];
}

/** The live parameters and two other targets, by turns: over the sizes of models and batches each is met several times. */
export function someTargets(twins: Twins, rows: number, random: Generator): (TargetTwin | undefined)[] {
  const turn = twins.model.parameters.length + rows;
  const chosen = [turn, turn + 3].map((n) => makers[n % makers.length] as MakeTarget);
  return [undefined, ...chosen.map((make) => make(twins, rows, random))];
}

/** What a layer's units receive at a target: numbers of any kind, or what values send. */
export interface InputsTwin {
  readonly inputs: Twin;
  readonly base: Twin | undefined;
}

export function inputsOf({ inputs, base }: InputsTwin, of: Of): Inputs {
  return base ? { inputs: of(inputs), base: of(base) } : { inputs: of(inputs) };
}

/** What values of the other layers send to a layer through the weights of a target. */
export function receiveAt(
  twins: Twins,
  rows: number,
  layer: number,
  states: readonly Twin[],
  target: TargetTwin | undefined,
): InputsTwin {
  const send = (parameters: Twin | undefined): Twin => {
    const inputs = twins.allocate({ holds: 'inputs', layer, rows });
    twins.run((program, of) => program.affine(layer, states.map(of), of(inputs), parameters && of(parameters)));
    return inputs;
  };
  return { inputs: send(target?.parameters), base: isWeighted(target) ? send(target?.base) : undefined };
}

/** Parameters above their minimums, exact in float32. */
export function otherParameters(twins: Twins, random: Generator): Twin {
  return twins.allocate({ holds: 'parameters' }, drawParameters(twins, random));
}

function layerBase(twins: Twins, random: Generator): Twin {
  const { layout } = twins.model;
  const length = layout.layers.reduce((most, { end }) => Math.max(most, end), 0);
  return twins.allocate({ holds: 'layerParameters' }, drawParameters(twins, random).subarray(0, length));
}

function drawParameters({ model }: Twins, random: Generator): Float64Array {
  const draws = random.fork('base');
  const drawn = model.parameters.slice();
  for (const { offset, length, minimum, interaction } of model.layout.arrays) {
    if (minimum !== -Infinity) continue;
    const widest = Math.max(...model.layers.map(rowLength));
    const scale = interaction ? 1 / Math.sqrt(widest) : 0.5;
    for (let i = offset; i < offset + length; i++) drawn[i] = Math.fround(scale * draws.normal(0, i, 0, 0));
  }
  return drawn;
}

function betas(twins: Twins, rows: number): Twin {
  const values = Float64Array.from({ length: rows }, (_, row) => [0.25, 1, 0, 0.75, 0.5][row % 5] as number);
  return twins.allocate({ holds: 'rows', rows }, values);
}

/** About a third of the units, in all layers but every third one. */
function masks(twins: Twins, rows: number, random: Generator): (Twin | undefined)[] {
  return twins.model.layers.map(({ units }, layer) => {
    if (layer % 3 === 2) return undefined;
    const draws = drawNumbers(rows * units, 1, random.fork(`mask ${layer}`));
    return twins.allocate(
      { holds: 'mask', layer, rows },
      draws.map((x) => (x > 0.4 ? 1 : 0)),
    );
  });
}

import { type EnergyModel, energy, logSumExp, RbmError } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';

/** Every joint state of a small discrete model, with its exact probability. */
export interface JointDistribution {
  readonly model: EnergyModel;
  readonly count: number;
  /** One entry a layer, `[count, units · width]`: counting order, the first unit of the first layer fastest. */
  readonly values: readonly Float64Array[];
  /** `[count]`, sums to 1. */
  readonly probabilities: Float64Array;
  /** `log Z` in nats. */
  readonly logPartition: number;
  /** `[count]`: the number of the visible part of each joint state, below `visibleCount`. */
  readonly visible: Uint32Array;
  readonly visibleCount: number;
}

/**
 * The distribution of a model by brute force: the energy of each joint state, nothing summed out in closed form. An
 * oracle that shares as little as possible with the code under test.
 *
 * @param limit The largest number of joint states.
 * @throws RbmError `SIZE_LIMIT` for a larger model, or one with continuous or unbounded units.
 */
export function jointDistribution(model: EnergyModel, limit: number): JointDistribution {
  const count = model.layers.reduce((product, layer) => product * (layer.states ?? Infinity) ** layer.units, 1);
  if (!(count <= limit)) {
    throw new RbmError(
      'SIZE_LIMIT',
      `This model has ${count} joint states, and this check visits each: at most ${limit}. Use a smaller model.`,
    );
  }
  const values = listStates(model.layers, count);
  const energies = energy(model, Object.fromEntries(model.names.map((name, l) => [name, values[l] as Float64Array])));
  const logPartition = logSumExp(energies.map((e) => -e));
  const probabilities = energies.map((e) => Math.exp(-e - logPartition));
  return { model, count, values, probabilities, logPartition, ...numberVisible(model, values, count) };
}

/** All joint states of some layers, an array a layer: counting order, the first unit of the first layer fastest. */
export function listStates(layers: readonly Layer[], count: number): Float64Array[] {
  let period = 1;
  return layers.map((layer) => {
    const values = new Float64Array(count * rowLength(layer));
    const states = layer.states as number;
    for (let unit = 0; unit < layer.units; unit++) {
      for (let row = 0; row < count; row++) {
        layer.state(Math.floor(row / period) % states, values, row * rowLength(layer) + unit * layer.width);
      }
      period *= states;
    }
    return values;
  });
}

function numberVisible(
  model: EnergyModel,
  values: readonly Float64Array[],
  count: number,
): Pick<JointDistribution, 'visible' | 'visibleCount'> {
  const layers = model.visible.map((l) => model.layers[l] as Layer);
  const visible = numberStates(
    layers,
    model.visible.map((l) => values[l] as Float64Array),
    count,
  );
  return { visible, visibleCount: new Set(visible).size };
}

/** Numbers rows by the order in which they first appear. */
function numberStates(layers: readonly Layer[], values: readonly Float64Array[], count: number): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from({ length: count }, (_, row) => {
    const key = keyOf(layers, values, row);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

function keyOf(layers: readonly Layer[], values: readonly Float64Array[], row: number): string {
  return layers
    .map((layer, l) => {
      const length = rowLength(layer);
      return (values[l] as Float64Array).subarray(row * length, (row + 1) * length).join();
    })
    .join('|');
}

/**
 * A function that finds the number of a joint state from its values, one array a layer.
 *
 * @throws RbmError `DATA_INVALID`, when called, for values that are no state of the model.
 */
export function stateIndex(joint: JointDistribution): (values: readonly Float64Array[], row: number) => number {
  const { model, count, values: listed } = joint;
  const indices = new Map<string, number>();
  for (let row = 0; row < count; row++) indices.set(keyOf(model.layers, listed, row), row);
  return (values, row) => {
    const key = keyOf(model.layers, values, row);
    const index = indices.get(key);
    if (index === undefined) {
      throw new RbmError('DATA_INVALID', `Chain ${row} is at ${key}, which is no state of the model.`);
    }
    return index;
  };
}

/** The values of some joint states by layer name, as a position or a snapshot wants them. */
export function gatherStates(joint: JointDistribution, rows: ArrayLike<number>): Record<string, Float64Array> {
  const { model, values } = joint;
  return Object.fromEntries(
    model.layers.map((layer, l) => {
      const length = rowLength(layer);
      const gathered = new Float64Array(rows.length * length);
      for (let n = 0; n < rows.length; n++) {
        const row = rows[n] as number;
        gathered.set((values[l] as Float64Array).subarray(row * length, (row + 1) * length), n * length);
      }
      return [model.names[l] as string, gathered];
    }),
  );
}

import { colour, createModel, RbmError } from '@rbm/core';
import { definePlugin, listPairs } from '@rbm/core/contracts';

/** Products of three units of a layer: `E = −Σ_t J_t x_i x_j x_k` over triples t = (i, j, k). */
export function triples({ name = 'couplings', between = [0], units, triples: list }) {
  const count = list.length / 3;
  const factors = (row, t) => {
    const first = row * units;
    return [first + list[3 * t], first + list[3 * t + 1], first + list[3 * t + 2]];
  };

  return {
    specVersion: 1,
    kind: 'acme/triples',
    name,
    between,
    units: [units],
    widths: [1],
    joins: [[0, 0]],
    settings: {},
    indices: { triples: Uint32Array.from(list) },
    parameters: [{ name: 'strength', shape: [count] }],
    initial: new Float64Array(count),

    addEnergy(strengths, [x], scale, out) {
      for (let row = 0; row < out.length; row++) {
        for (let t = 0; t < count; t++) {
          const [i, j, k] = factors(row, t);
          out[row] -= scale * strengths[t] * x[i] * x[j] * x[k];
        }
      }
    },

    addInputs(strengths, _to, [x], out) {
      for (let row = 0; row < out.length / units; row++) {
        for (let t = 0; t < count; t++) {
          const [i, j, k] = factors(row, t);
          out[i] += strengths[t] * x[j] * x[k];
          out[j] += strengths[t] * x[i] * x[k];
          out[k] += strengths[t] * x[i] * x[j];
        }
      }
    },

    addStatistics([x], scale, out) {
      for (let row = 0; row < scale.length; row++) {
        for (let t = 0; t < count; t++) {
          const [i, j, k] = factors(row, t);
          out[t] += scale[row] * x[i] * x[j] * x[k];
        }
      }
    },

    addInputChange(strengths, _from, number, change, _to, [x], out) {
      for (let t = 0; t < count; t++) {
        const others = factors(0, t).filter((unit) => unit !== number);
        if (others.length === 3) continue;
        const [a, b] = others;
        out[a] += strengths[t] * change * x[b];
        out[b] += strengths[t] * change * x[a];
      }
    },

    visitPairs(visit) {
      for (let t = 0; t < count; t++) {
        const [i, j, k] = factors(0, t);
        visit(0, i, 0, j);
        visit(0, i, 0, k);
        visit(0, j, 0, k);
      }
    },

    /** Triples of free units stay; a clamped unit turns its triples into pairs, which every backend knows. */
    condition(strengths, [isFree], [values]) {
      const numbers = Array.from(isFree, (_, unit) => isFree.subarray(0, unit).reduce((sum, x) => sum + x, 0));
      const whole = { list: [], parameters: [] };
      const pairs = new Map();
      for (let t = 0; t < count; t++) {
        const [free, clamped] = [1, 0].map((wanted) => factors(0, t).filter((unit) => isFree[unit] === wanted));
        const own = free.map((unit) => numbers[unit]).sort((a, b) => a - b);
        if (free.length === 3) {
          whole.list.push(...own);
          whole.parameters.push(strengths[t]);
        } else if (free.length === 2) {
          const key = own.join();
          pairs.set(key, (pairs.get(key) ?? 0) + strengths[t] * values[clamped[0]]);
        }
      }
      const left = isFree.reduce((sum, x) => sum + x, 0);
      const edges = Uint32Array.from([...pairs.keys()].flatMap((key) => key.split(',').map(Number)));
      return [
        whole.list.length > 0 && {
          interaction: triples({ name, between: [0], units: left, triples: whole.list }),
          parameters: Float64Array.from(whole.parameters),
        },
        pairs.size > 0 && {
          interaction: { kind: 'sparse', name: `${name} of pairs`, between: [0, 0], edges },
          parameters: Float64Array.from(pairs.values()),
        },
      ].filter(Boolean);
    },
  };
}

/** All triples of `units`, or those of neighbours, (i, i + 1, i + 2). */
export function listTriples(units, among) {
  const list = [];
  for (let i = 0; i < units; i++) {
    for (let j = i + 1; j < units; j++) {
      for (let k = j + 1; k < units; k++) if (among === 'all' || k === i + 2) list.push(i, j, k);
    }
  }
  return Uint32Array.from(list);
}

/** A model of three-spin couplings and fields. A sweep draws its units colour by colour. */
export function threeSpin({ visible, among = 'neighbours', triples: given }) {
  if (visible.units < 3 || visible.width !== 1) {
    throw new RbmError('UNSUPPORTED', `Three-spin couplings need three units of one number; given ${visible.units}.`);
  }
  const interaction = triples({ units: visible.units, triples: given ?? listTriples(visible.units, among) });
  const colours = colour(visible.units, listPairs([visible], [interaction]));
  const blocks = Array.from({ length: Math.max(...colours) + 1 }, (_, c) => {
    return [{ layer: 0, units: Uint32Array.from(colours.keys()).filter((unit) => colours[unit] === c) }];
  });
  const layers = [{ name: 'visible', layer: visible, visible: true }];
  return createModel({ kind: 'acme/three-spin', layers, interactions: [interaction], blocks });
}

export default () =>
  definePlugin({
    name: 'rbm-plugin-three-spin',
    specVersion: { energyModels: 1, interactions: 1 },
    provides: {
      energyModels: {
        'acme/three-spin': {
          options: {
            among: {
              type: 'string',
              choices: ['neighbours', 'all'],
              default: 'neighbours',
              describe: 'Which triples of units are coupled',
            },
          },
          create: ({ among }, { visible }) => threeSpin({ visible, among }),
        },
      },
      interactions: {
        // As model files keep it.
        'acme/triples': {
          create: (_settings, { interaction: { name, between, layers, indices } }) =>
            triples({ name, between, units: layers[0].units, triples: indices.triples }),
        },
      },
    },
  });

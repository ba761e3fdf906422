import { bernoulli, createModel, RbmError } from '@rbm/core';
import { definePlugin } from '@rbm/core/contracts';

/**
 * Filters that all places of an image share: `E = −Σ_k Σ_p h_kp (b_k + Σ_q w_kq v_{p+q})`, with `p` over the places where a filter
 * of `size` × `size` pixels fits into the image, and `q` over its pixels.
 */
export function convolution({ name = 'convolution', between = [0, 1], height, width, filters, size, initial }) {
  const [rows, columns] = [height - size + 1, width - size + 1];
  if (rows < 1 || columns < 1) {
    throw new RbmError('OPTION_INVALID', `Filters of ${size} pixels do not fit into images of ${height} × ${width}.`);
  }
  const [places, pixels] = [rows * columns, size * size];
  const [visible, hidden] = [height * width, filters * places];
  // The pixel of the image under each pixel of a filter at each place: [places, pixels].
  const under = new Uint32Array(places * pixels);
  for (let n = 0; n < under.length; n++) {
    const [place, pixel] = [Math.floor(n / pixels), n % pixels];
    const row = Math.floor(place / columns) + Math.floor(pixel / size);
    under[n] = row * width + (place % columns) + (pixel % size);
  }
  const biasesAt = filters * pixels;

  /** What filter k sends to its unit at a place, from one row of the image. */
  const response = (parameters, k, place, image, first) => {
    let sum = parameters[biasesAt + k];
    for (let q = 0; q < pixels; q++) sum += parameters[k * pixels + q] * image[first + under[place * pixels + q]];
    return sum;
  };
  /** Calls `visit(row, k, place, h)` for each hidden unit that is not 0. */
  const eachActive = (maps, visit) => {
    for (let n = 0; n < maps.length; n++) {
      const unit = n % hidden;
      if (maps[n] !== 0) visit(Math.floor(n / hidden), Math.floor(unit / places), unit % places, maps[n]);
    }
  };

  return {
    specVersion: 1,
    kind: 'acme/convolution',
    name,
    between,
    units: [visible, hidden],
    widths: [1, 1],
    joins: [[0, 1]],
    settings: { height, width, filters, size },
    parameters: [
      { name: 'filters', shape: [filters, size, size] },
      { name: 'bias', shape: [filters], field: true },
    ],
    initial: initial ?? new Float64Array(biasesAt + filters),

    addEnergy(parameters, [image, maps], scale, out) {
      eachActive(maps, (row, k, place, h) => {
        out[row] -= scale * h * response(parameters, k, place, image, row * visible);
      });
    },

    addInputs(parameters, to, [image, maps], out) {
      if (to === 1) {
        for (let n = 0; n < out.length; n++) {
          const [row, unit] = [Math.floor(n / hidden), n % hidden];
          out[n] += response(parameters, Math.floor(unit / places), unit % places, image, row * visible);
        }
        return;
      }
      eachActive(maps, (row, k, place, h) => {
        for (let q = 0; q < pixels; q++) {
          out[row * visible + under[place * pixels + q]] += parameters[k * pixels + q] * h;
        }
      });
    },

    addStatistics([image, maps], scale, out) {
      eachActive(maps, (row, k, place, h) => {
        const share = scale[row] * h;
        for (let q = 0; q < pixels; q++) {
          out[k * pixels + q] += share * image[row * visible + under[place * pixels + q]];
        }
        out[biasesAt + k] += share;
      });
    },

    addInputChange(parameters, from, number, change, to, _values, out) {
      if (from === to) return;
      if (from === 1) {
        const [k, place] = [Math.floor(number / places), number % places];
        for (let q = 0; q < pixels; q++) out[under[place * pixels + q]] += parameters[k * pixels + q] * change;
        return;
      }
      const [y, x] = [Math.floor(number / width), number % width];
      for (let row = Math.max(0, y - size + 1); row <= Math.min(y, rows - 1); row++) {
        for (let column = Math.max(0, x - size + 1); column <= Math.min(x, columns - 1); column++) {
          const q = (y - row) * size + (x - column);
          for (let k = 0; k < filters; k++) {
            out[k * places + row * columns + column] += parameters[k * pixels + q] * change;
          }
        }
      }
    },

    visitPairs(visit) {
      for (let unit = 0; unit < hidden; unit++) {
        for (let q = 0; q < pixels; q++) visit(0, under[(unit % places) * pixels + q], 1, unit);
      }
    },
  };
}

/** A convolutional RBM (Lee, Grosse, Ranganath and Ng 2009), without pooling: binary maps, one for each filter. */
export function convolutionalRbm({ visible, image, filters = 8, size = 5, random, scale = 0.1 }) {
  if (!image || image[0] * image[1] !== visible.units || visible.width !== 1) {
    const found = image ? `images of ${image.join(' × ')}` : 'data that are no images';
    throw new RbmError('UNSUPPORTED', `A convolutional model needs a unit for each pixel of an image; given ${found}.`);
  }
  const [height, width] = image;
  const initial = new Float64Array(filters * (size * size + 1));
  const draws = random?.fork('filters');
  for (let i = 0; draws && i < filters * size * size; i++) initial[i] = scale * draws.normal(0, i, 0, 0);
  const interaction = convolution({ height, width, filters, size, initial });
  return createModel({
    kind: 'acme/convolutional',
    layers: [
      { name: 'visible', layer: visible, visible: true },
      { name: 'hidden', layer: bernoulli(interaction.units[1]) },
    ],
    interactions: [interaction],
    blocks: [[1], [0]],
  });
}

const whole = (describe, value) => ({ type: 'integer', minimum: 1, describe, ...(value ? { default: value } : {}) });

export default () =>
  definePlugin({
    name: 'rbm-plugin-convolutional',
    specVersion: { energyModels: 1, interactions: 1 },
    provides: {
      energyModels: {
        'acme/convolutional': {
          options: { filters: whole('Filters, and so maps', 8), size: whole('Pixels on a side of a filter', 5) },
          create: (options, { visible, image, random }) => convolutionalRbm({ ...options, visible, image, random }),
        },
      },
      interactions: {
        // As model files keep it.
        'acme/convolution': {
          options: {
            height: whole('Of the images'),
            width: whole('Of the images'),
            filters: whole('Filters'),
            size: whole('Pixels on a side of a filter'),
          },
          create: (settings, { interaction: { name, between } }) => convolution({ ...settings, name, between }),
        },
      },
    },
  });

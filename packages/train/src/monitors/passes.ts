import { hiddenLayers, type Samples } from '@rbm/core';
import { type Assignment, type Buffer, type MonitorContext, type Program, throwIfAborted } from '@rbm/core/contracts';
import { allocateAll } from '../allocate-all.js';
import { checkData } from '../data.js';
import { SampleRows, SampleSource } from '../source.js';

/** Rows worked on at once. */
const ROWS = 100;

/** Samples on a backend with their hidden layers summed out, and room for one number a row. */
export class FreeEnergyRows {
  readonly rows: number;
  readonly samples: SampleRows;
  readonly assignment: Assignment;
  readonly #program: Program;
  readonly #inputs: readonly (Buffer | undefined)[];
  readonly #visible: readonly (Buffer | undefined)[];
  readonly #energies: Buffer;
  readonly #zeros: Float64Array;

  constructor(program: Program, samples: Samples, rows: number, name: string) {
    const { model } = program;
    const hidden = hiddenLayers(model);
    this.rows = rows;
    this.#program = program;
    this.samples = new SampleRows(
      new SampleSource(program, samples, checkData(model, samples, name), 'on the host'),
      rows,
    );
    this.#visible = model.layers.map((_, l) => this.samples.visible[model.visible.indexOf(l)]);
    try {
      [this.#inputs, this.#energies] = allocateAll(program, (allocate) => [
        model.layers.map((_, layer) =>
          hidden.includes(layer) ? allocate({ holds: 'inputs', layer, rows }) : undefined,
        ),
        allocate({ holds: 'rows', rows }),
      ]);
    } catch (error) {
      this.samples.dispose();
      throw error;
    }
    this.assignment = model.layers.map((_, l) => {
      const inputs = this.#inputs[l];
      return inputs ? { inputs } : { values: this.#visible[l] as Buffer };
    });
    this.#zeros = new Float64Array(rows);
  }

  /** The free energies of what the sample buffers hold: `[rows]`. */
  async freeEnergies(): Promise<Float64Array> {
    const program = this.#program;
    this.#inputs.forEach((inputs, l) => {
      if (inputs) program.affine(l, this.#visible as Buffer[], inputs);
    });
    program.backend.write(this.#energies, this.#zeros);
    program.energy(this.assignment, { rows: this.#energies, scale: 1 });
    return program.backend.read(this.#energies);
  }

  dispose(): void {
    this.samples.dispose();
    for (const buffer of this.#inputs) buffer?.dispose();
    this.#energies.dispose();
  }
}

/** Free energies of the first `count` samples, by the live parameters: `[count]`. */
export async function freeEnergiesOf(
  { program, signal }: MonitorContext,
  samples: Samples,
  count: number,
  name: string,
): Promise<Float64Array> {
  const rows = Math.min(ROWS, count);
  const pass = new FreeEnergyRows(program, samples, rows, name);
  const out = new Float64Array(count);
  try {
    for (let first = 0; first < count; first += rows) {
      throwIfAborted(signal);
      pass.samples.fillFrom(first, count);
      const energies = await pass.freeEnergies();
      out.set(energies.subarray(0, Math.min(rows, count - first)), first);
    }
  } finally {
    pass.dispose();
  }
  return out;
}

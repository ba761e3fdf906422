import type {
  Assignment,
  Buffer,
  BufferSpec,
  Inputs,
  Program,
  ScaledRows,
  Site,
  StatisticsTerm,
  Target,
} from '../contracts/backend.js';
import { RbmError } from '../contracts/errors.js';
import type { Optimizer, UpdateSettings } from '../contracts/optimizer.js';
import { interactionParameters } from '../models/hamiltonian.js';
import { areJoined, isPairwise, type OpenInteraction } from '../models/interaction.js';
import { byPosition } from '../models/interaction-sums.js';
import { type EnergyModel, interactingLayers } from '../models/model.js';
import { assignedBuffers, mirrorAssignment, mirrorInputs, mirrorTarget } from '../programs/mirror.js';
import { type CheckedEntry, type CheckedInputs, type CheckedTarget, Operands, rowsOf } from '../programs/operands.js';
import { hasWeightedBase, receiveInputs } from '../programs/receive.js';
import type { CheckedRows, DeviceBackend } from './device-backend.js';
import type { DeviceBuffer } from './device-buffer.js';
import { HostFallback, type HostMirror, type HostWork } from './host-fallback.js';
import { HostedLayers } from './hosted-layers.js';

/** A checked term of a sum of statistics. */
export interface CheckedTerm<B extends DeviceBuffer> {
  readonly entries: readonly CheckedEntry<B>[];
  readonly rows: number;
  readonly scale: number;
  readonly weights: B | undefined;
}

/** Sweeps on the host between which the event loop may turn. */
const HOST_SWEEPS = 4;

/**
 * A model on a device. The public operations check what they are given; then they offer it to the operation of the same name that
 * ends in `OnDevice`. A backend overrides those that it has kernels for; each returns whether it has done or enqueued the work.
 * What it leaves is done on the host. Of a model with interactions of third parties, sweeps are done layer by layer, and statistics and
 * energies on the host: a backend needs to know the built-in interactions only.
 */
export abstract class DeviceProgram<B extends DeviceBuffer> implements Program {
  readonly model: EnergyModel;
  readonly backend: DeviceBackend<B>;
  readonly hostLayers: readonly string[];
  readonly hostInteractions: readonly string[];
  /** Made by `createBuffer` when the program is. */
  abstract readonly parameters: B;
  /** For each layer: which others, or it itself, it interacts with. */
  readonly #partners: readonly (readonly boolean[])[];
  /** Interactions of third parties, with their numbers. */
  readonly #open: readonly { readonly interaction: OpenInteraction; readonly n: number }[];
  readonly #operands: Operands<B>;
  readonly #fallback: HostFallback<B>;
  /** The layers that `hostLayers` names. */
  readonly #hosted: HostedLayers<B>;
  #failure: unknown;

  /** @param nativeLayers Kinds of layers that have kernels. Interactions of third parties have none. */
  constructor(backend: DeviceBackend<B>, model: EnergyModel, nativeLayers: readonly string[]) {
    this.backend = backend;
    this.model = model;
    this.hostLayers = [...new Set(model.layers.map(({ kind }) => kind))].filter((kind) => !nativeLayers.includes(kind));
    this.#open = model.interactions.flatMap((interaction, n) => (isPairwise(interaction) ? [] : [{ interaction, n }]));
    this.hostInteractions = [...new Set(this.#open.map(({ interaction }) => interaction.kind))];
    this.#partners = interactingLayers(model);
    this.#operands = new Operands(model, (buffer) => backend.own(buffer));
    this.#fallback = new HostFallback(model, backend);
    const hosted = model.layers.flatMap(({ kind }, l) => (this.hostLayers.includes(kind) ? [l] : []));
    this.#hosted = new HostedLayers(model, hosted, backend);
  }

  /** Memory for a buffer, filled with zeros. */
  protected abstract createBuffer(spec: BufferSpec): B;

  allocate(spec: BufferSpec): B {
    this.backend.own(this.parameters); // A program that was released gives no memory.
    return this.backend.adopt(this.createBuffer(spec));
  }

  affine(layer: number, values: readonly Buffer[], inputs: Buffer, parameters: Buffer = this.parameters): void {
    const rows = rowsOf(inputs);
    const out = this.#operands.units(inputs, layer, rows, 'inputs');
    const senders = this.model.layers.map((_, l) =>
      this.#partners[layer]?.[l] ? this.#operands.units(values[l], l, rows, 'values') : undefined,
    );
    const from = this.#operands.parameterLike(parameters);
    if (this.affineOnDevice(layer, senders, rows, out, from)) {
      this.#addOpenInputs(layer, senders, out, from);
      return;
    }
    const given = senders.filter((sender) => sender !== undefined);
    this.onHost([...given, from], [out], (program, mirror) =>
      program.affine(
        layer,
        // Layers that do not interact with this one are not read.
        senders.map((sender) => mirror(sender ?? out)),
        mirror(out),
        mirror(from),
      ),
    );
  }

  mean(layer: number, inputs: Buffer | Inputs, out: Buffer, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const means = this.#operands.units(out, layer, rows, 'means');
    if (this.meanOnDevice(layer, received, rows, means, at)) return;
    this.#byLayer(layer, received, means, at, (program, l, given, here, mirror) =>
      program.mean(l, given, mirror(means), here),
    );
  }

  sample(layer: number, inputs: Buffer | Inputs, out: Buffer, site: Site, target?: Target): void {
    const rows = rowsOf(out);
    const at = this.#operands.target(target, rows, this.parameters);
    const received = this.#operands.inputs(inputs, layer, rows, at.weighted);
    const states = this.#operands.units(out, layer, rows, 'states');
    if (this.sampleOnDevice(layer, received, rows, states, site, at)) return;
    const found = this.#hosted.site(layer, site);
    this.#byLayer(layer, received, states, at, (program, l, given, here, mirror) =>
      program.sample(l, given, mirror(states), found, here),
    );
  }

  gibbs(states: readonly Buffer[], sweeps: number, site: Site, target?: Target): void {
    if (!Number.isSafeInteger(sweeps) || sweeps < 0) {
      throw new RbmError('ARGUMENT_INVALID', `The number of sweeps is ${sweeps}; expected a whole number from 0 up.`);
    }
    const rows = rowsOf(states[0]);
    const buffers = this.model.layers.map((_, l) => this.#operands.units(states[l], l, rows, 'states'));
    const at = this.#operands.target(target, rows, this.parameters);
    if (sweeps === 0) return;
    if (this.#open.length > 0 && this.sweepByLayers(buffers, sweeps, site, at)) return;
    if (this.#open.length === 0 && this.gibbsOnDevice(buffers, rows, sweeps, site, at)) return;
    this.onHost([...buffers, ...at.buffers], buffers, async (program, mirror) => {
      const mirrors = buffers.map(mirror);
      for (let s = 0; s < sweeps; s += HOST_SWEEPS) {
        const part = Math.min(HOST_SWEEPS, sweeps - s);
        program.gibbs(mirrors, part, { ...site, step: site.step + s }, mirrorTarget(at, mirror));
        await program.backend.sync();
      }
    });
  }

  statistics(out: Buffer, terms: readonly StatisticsTerm[], parameters: Buffer = this.parameters): void {
    const sums = this.#operands.parameterLike(out);
    const at = this.#operands.parameterLike(parameters);
    const checked = terms.map(({ assignment, scale, weights }): CheckedTerm<B> => {
      const { entries, rows } = this.#operands.assignment(assignment);
      return { entries, rows, scale, weights: weights && this.#operands.rows(weights, rows) };
    });
    sums.changed();
    if (this.#open.length === 0 && this.statisticsOnDevice(sums, checked, at)) return;
    this.onHost([...termBuffers(checked), at], [sums], (program, mirror) => {
      program.statistics(mirror(sums), mirrorTerms(checked, mirror), mirror(at));
    });
  }

  energy(assignment: Assignment, sum: ScaledRows, target?: Target): void {
    const { entries, rows } = this.#operands.assignment(assignment, hasWeightedBase(target));
    const at = this.#operands.target(target, rows, this.parameters);
    this.#operands.checkSummedOut(entries, at);
    const { scale } = sum;
    const out = this.#operands.rows(sum.rows, rows);
    if (this.#open.length === 0 && this.energyOnDevice(entries, { rows: out, scale }, at)) return;
    this.onHost([...assignedBuffers(entries), out, ...at.buffers], [out], (program, mirror) => {
      program.energy(mirrorAssignment(entries, mirror), { rows: mirror(out), scale }, mirrorTarget(at, mirror));
    });
  }

  update(optimizer: Optimizer, gradient: Buffer, slots: readonly Buffer[], settings: UpdateSettings): void {
    if (slots.length !== optimizer.slots.length) {
      throw new RbmError(
        'SHAPE_MISMATCH',
        `Optimizer "${optimizer.kind}" has ${optimizer.slots.length} slots, but ${slots.length} buffers were given.`,
      );
    }
    const arrays = slots.map((slot) => this.#operands.parameterLike(slot));
    const slope = this.#operands.parameterLike(gradient);
    this.backend.own(this.parameters);
    const done = !this.updatesOnHost(optimizer) && this.updateOnDevice(optimizer, slope, arrays, settings);
    if (!done) {
      this.onHost([slope, ...arrays], [this.parameters, ...arrays], (program, mirror) =>
        program.update(optimizer, mirror(slope), arrays.map(mirror), settings),
      );
    }
    for (const buffer of [this.parameters, slope, ...arrays]) buffer.changed();
    if (!done) this.parametersReplaced();
  }

  /** To be overridden together with `updateOnDevice`, which is called where this is false. */
  updatesOnHost(_optimizer: Optimizer): boolean {
    return true;
  }

  dispose(): void {
    if (this.parameters.disposed) return;
    this.parameters.dispose();
    this.releaseCompiled(this.backend.release(this));
  }

  /** Enqueues work on the host; a failure of it is one of this program, and nothing is done after one. */
  enqueue(work: () => Promise<void>): void {
    this.backend.enqueue(async () => {
      if (this.#failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        this.#failure = error;
      }
    });
  }

  /**
   * Enqueues an operation of the reference backend.
   *
   * @param inputs Buffers whose content it reads, the live parameters apart.
   * @param outputs Buffers that it changes.
   */
  onHost(inputs: readonly B[], outputs: readonly B[], work: HostWork<B>): void {
    const { version } = this.parameters;
    this.enqueue(() => this.#fallback.run(this.parameters, version, inputs, outputs, work));
  }

  /** @throws What went wrong in an operation of this program. */
  checkFailure(): void {
    if (this.#failure === undefined) return;
    if (RbmError.isInstance(this.#failure)) throw this.#failure;
    throw new RbmError('BACKEND_FAILED', `An operation on ${this.backend.name} failed: ${this.#failure}`, {
      cause: this.#failure,
    });
  }

  /** Adds what the interactions of third parties send to a layer, by their own functions on the host. */
  #addOpenInputs(layer: number, senders: readonly (B | undefined)[], out: B, parameters: B): void {
    const open = this.#open.filter(({ interaction }) => interaction.between.includes(layer));
    if (open.length === 0) return;
    const joined = senders.map((sender, l) =>
      areJoined(
        open.map(({ interaction }) => interaction),
        layer,
        l,
      )
        ? sender
        : undefined,
    );
    const given = joined.filter((sender) => sender !== undefined);
    this.onHost([...given, out, parameters], [out], async ({ backend }, mirror) => {
      const values = await Promise.all(joined.map((sender) => sender && backend.read(mirror(sender))));
      const [sum, flat] = await Promise.all([backend.read(mirror(out)), backend.read(mirror(parameters))]);
      for (const { interaction, n } of open) {
        const weights = interactionParameters(this.model, n, flat);
        interaction.addInputs(weights, interaction.between.indexOf(layer), byPosition(interaction, values), sum);
      }
      backend.write(mirror(out), sum);
    });
  }

  /**
   * `out ← Σ W x` over the built-in interactions; `senders` has a buffer for each layer that interacts with this one. Those of third
   * parties are added afterwards.
   */
  protected affineOnDevice(
    _layer: number,
    _senders: readonly (B | undefined)[],
    _rows: number,
    _out: B,
    _parameters: B,
  ): boolean {
    return false;
  }

  /** `out ← ⟨x | inputs⟩` for the free units of a layer. */
  protected meanOnDevice(
    _layer: number,
    _inputs: CheckedInputs<B>,
    _rows: number,
    _out: B,
    _at: CheckedTarget<B>,
  ): boolean {
    return false;
  }

  /** `out ← a sample of P(x | inputs)` for the free units of a layer. */
  protected sampleOnDevice(
    _layer: number,
    _inputs: CheckedInputs<B>,
    _rows: number,
    _out: B,
    _site: Site,
    _at: CheckedTarget<B>,
  ): boolean {
    return false;
  }

  /** At least one sweep, of a model without interactions of third parties. `sweepByLayers` is a way to do it where only some of the operations have kernels. */
  protected gibbsOnDevice(
    _states: readonly B[],
    _rows: number,
    _sweeps: number,
    _site: Site,
    _at: CheckedTarget<B>,
  ): boolean {
    return false;
  }

  /** `out ← Σ_terms Σ_rows scale · weight · (−∂E/∂λ)`, with the derivative at `parameters`. */
  protected statisticsOnDevice(_out: B, _terms: readonly CheckedTerm<B>[], _parameters: B): boolean {
    return false;
  }

  /** Adds `scale · E` of each row to the rows of `sum`. */
  protected energyOnDevice(_entries: readonly CheckedEntry<B>[], _sum: CheckedRows<B>, _at: CheckedTarget<B>): boolean {
    return false;
  }

  /** One step of an optimizer on the live parameters, and the projection onto their minimums. */
  protected updateOnDevice(
    _optimizer: Optimizer,
    _gradient: B,
    _slots: readonly B[],
    _settings: UpdateSettings,
  ): boolean {
    return false;
  }

  /** Whether the own functions of a layer run on the host. */
  protected isHosted(layer: number): boolean {
    return this.#hosted.has(layer);
  }

  /**
   * Enqueues the statistics of the own parameters of hosted layers, which replace theirs in `out`. For a backend whose
   * `statisticsOnDevice` does all else.
   */
  protected hostedStatistics(out: B, terms: readonly CheckedTerm<B>[], parameters: B): void {
    const own = terms.map((term) => ({ ...term, entries: this.#hosted.pick(term.entries) }));
    this.#onHostedLayers([...termBuffers(own), parameters], [out], (program, mirror) =>
      program.statistics(mirror(out), mirrorTerms(own, mirror), mirror(parameters)),
    );
  }

  /** Enqueues the addition of the own energies of hosted layers. For a backend whose `energyOnDevice` does all else. */
  protected hostedEnergy(
    entries: readonly CheckedEntry<B>[],
    { rows, scale }: CheckedRows<B>,
    at: CheckedTarget<B>,
  ): void {
    const own = this.#hosted.pick(entries);
    const target = this.#hosted.target(at);
    this.#onHostedLayers([...assignedBuffers(own), rows, ...target.buffers], [rows], (program, mirror) =>
      program.energy(mirrorAssignment(own, mirror), { rows: mirror(rows), scale }, mirrorTarget(target, mirror)),
    );
  }

  /**
   * Enqueues work of one layer's own functions: on a program of the hosted layers, if it is one of them. `l` is its number there.
   *
   * @param out What the work changes.
   */
  #byLayer(
    layer: number,
    received: CheckedInputs<B>,
    out: B,
    at: CheckedTarget<B>,
    work: (program: Program, l: number, inputs: Inputs, target: Target, mirror: HostMirror<B>) => void,
  ): void {
    const hosted = this.#hosted.has(layer);
    const own = hosted ? this.#hosted.target(at) : at;
    const l = hosted ? this.#hosted.position(layer) : layer;
    const inputs = [...inputBuffers(received, own), ...keptOf(out, layer, at)];
    const run: HostWork<B> = (program, mirror) =>
      work(program, l, mirrorInputs(received, mirror), mirrorTarget(own, mirror), mirror);
    if (hosted) this.#onHostedLayers(inputs, [out], run);
    else this.onHost(inputs, [out], run);
  }

  /** As `onHost`, for a program of the hosted layers alone. */
  #onHostedLayers(inputs: readonly B[], outputs: readonly B[], work: HostWork<B>): void {
    const { version } = this.parameters;
    this.enqueue(() => this.#hosted.fallback.run(this.parameters, version, inputs, outputs, work));
  }

  /** Called when the live parameters were written, copied to or moved by the host: what a backend derives from them is out of date. */
  parametersReplaced(): void {}

  /** Releases what was compiled; the number says how many other programs the backend has. */
  protected releaseCompiled(_programsLeft: number): void {}

  /**
   * Sweeps as `affine` and `sample` of one layer after the other: the products stay on the device where a layer's own functions
   * run on the host.
   *
   * @returns Whether it is done: false for a model whose blocks are parts of layers.
   */
  protected sweepByLayers(states: readonly B[], sweeps: number, site: Site, at: CheckedTarget<B>): boolean {
    const parts = this.model.blocks.flat();
    if (parts.some(({ units }) => units !== undefined)) return false;
    const target = targetOf(at);
    const rows = rowsOf(states[0]);
    const taken: B[] = [];
    const take = (layer: number): B => {
      const buffer = this.allocate({ holds: 'inputs', layer, rows });
      taken.push(buffer);
      return buffer;
    };
    try {
      const received = parts.map(
        ({ layer }): Inputs => (at.weighted ? { inputs: take(layer), base: take(layer) } : { inputs: take(layer) }),
      );
      for (let s = 0; s < sweeps; s++) {
        for (const [n, { layer }] of parts.entries()) {
          receiveInputs(this, layer, states, received[n] as Inputs, target);
          this.sample(layer, received[n] as Inputs, states[layer] as B, { ...site, step: site.step + s }, target);
        }
      }
    } finally {
      for (const buffer of taken) buffer.dispose();
    }
    return true;
  }
}

/** A checked target as a plain one. */
function targetOf<B extends DeviceBuffer>({ parameters, base, beta, clamp }: CheckedTarget<B>): Target {
  const plain = clamp.length > 0 ? { parameters, clamp } : { parameters };
  return base ? { ...plain, base, beta } : plain;
}

function inputBuffers<B extends DeviceBuffer>({ buffer, base }: CheckedInputs<B>, { buffers }: CheckedTarget<B>): B[] {
  return base ? [buffer, base, ...buffers] : [buffer, ...buffers];
}

/** An output whose old content is needed: clamped units keep it. */
function keptOf<B extends DeviceBuffer>(out: B, layer: number, { clamp }: CheckedTarget<B>): B[] {
  return clamp[layer] ? [out] : [];
}

/** The buffers that terms of statistics are made of. */
function termBuffers<B extends DeviceBuffer>(terms: readonly CheckedTerm<B>[]): B[] {
  return terms.flatMap(({ entries, weights }) => [...assignedBuffers(entries), ...(weights ? [weights] : [])]);
}

function mirrorTerms<B extends DeviceBuffer>(
  terms: readonly CheckedTerm<B>[],
  mirror: HostMirror<B>,
): StatisticsTerm[] {
  return terms.map(({ entries, scale, weights }) => {
    const assignment = mirrorAssignment(entries, mirror);
    return weights ? { assignment, scale, weights: mirror(weights) } : { assignment, scale };
  });
}

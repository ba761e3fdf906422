import { totalmem } from 'node:os';
import { type EnergyModel, RbmError } from '@rbm/core';
import { type Layer, rowLength } from '@rbm/core/contracts';

/** Bytes that a piece of work needs at least. */
export interface MemoryNeed {
  /** On the host, in doubles and files. */
  readonly host: number;
  /** On the backend. */
  readonly device: number;
}

/** Bytes there are. */
export interface MemoryLimits {
  readonly host: number;
  readonly device: number;
}

/** What a request needs as a function of the number that a person can change. */
export interface SizedRequest {
  /** What needs it: "a model of 64 × 100,000,000 units". */
  readonly what: string;
  /** The number, as asked for. */
  readonly size: number;
  /** What the number counts, and how to change it: "hidden units (--hidden)". */
  readonly unit: string;
  readonly needOf: (size: number) => MemoryNeed;
}

/** WebAssembly's address space. */
const WASM_BYTES = 2 ** 32;

/** What this machine, or the container around the process, has for a backend of some name. */
export function memoryLimits(backend: string): MemoryLimits {
  const constrained = process.constrainedMemory();
  const host = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return { host, device: backend === 'wasm' || backend === 'auto' ? WASM_BYTES : host };
}

/**
 * Checks before any work that a request fits into memory. Needs are lower bounds: what passes may still be too large, and
 * then fails where it is allocated.
 *
 * @throws RbmError `SIZE_LIMIT` with the bytes needed and the largest size that fits
 */
export function checkMemory({ what, size, unit, needOf }: SizedRequest, limits: MemoryLimits): void {
  if (fits(needOf(size), limits)) return;
  const { host, device } = needOf(size);
  const missing =
    device > limits.device
      ? `at least ${bytes(device)} on the backend, which has ${bytes(limits.device)}`
      : `at least ${bytes(host + device)} of memory, and there are ${bytes(limits.host)}`;
  const most = largest((wanted) => fits(needOf(wanted), limits), size);
  throw new RbmError(
    'SIZE_LIMIT',
    `${what} would need ${missing}. ${most > 0 ? `Up to ${count(most)} ${unit} fit.` : `Not even one of the ${unit} fits.`}`,
  );
}

/** Whether there is enough memory. */
export function fits({ host, device }: MemoryNeed, limits: MemoryLimits): boolean {
  return host + device <= limits.host && device <= limits.device;
}

/** The largest whole number below `end` that fits, where all smaller ones do. */
function largest(holds: (size: number) => boolean, end: number): number {
  let [low, high] = [0, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What training asks for, in numbers: layers, rows. */
export interface TrainingShape {
  readonly visible: number;
  readonly samples: number;
  /** Rows of a batch and of all chains. */
  readonly rows: number;
  readonly backend: string;
  /** Arrays as large as the parameters that the optimizer keeps. */
  readonly optimizerArrays: number;
}

/** Copies of the parameters on the host: the model, and a checkpoint while it is written. The optimizer's arrays come on top. */
const HOST_COPIES = 3;
/** Copies of the parameters on the backend: the live ones, a gradient of two phases. The optimizer's arrays come on top. */
const DEVICE_COPIES = 3;

/** What training a model with so many parameters and hidden numbers needs. */
export function trainingNeed(
  parameters: number,
  hidden: number,
  { visible, samples, rows, backend, optimizerArrays }: TrainingShape,
): MemoryNeed {
  const width = numberBytes(backend);
  return {
    host: 8 * ((HOST_COPIES + optimizerArrays) * parameters + samples * visible),
    device: width * ((DEVICE_COPIES + optimizerArrays) * parameters + rows * (visible + hidden)),
  };
}

/** Chains, and what moves them. */
export interface ChainShape {
  readonly chains: number;
  /** Temperatures of each chain (1 without tempering). */
  readonly rungs: number;
}

/** What drawing a sample from each chain needs: chains on the backend, and states and means on the host. */
export function samplingNeed(model: EnergyModel, { chains, rungs }: ChainShape, backend: string): MemoryNeed {
  const { all, visible } = numbersOf(model);
  return {
    host: 8 * chains * 2 * visible,
    // Either what each layer receives at each rung, or what is read in the end: inputs and means.
    device: numberBytes(backend) * chains * Math.max(rungs * all, 2 * visible),
  };
}

/** What tempered chains need that are measured at each second of so many sweeps: two numbers a pair of rungs. */
export function temperingNeed(
  model: EnergyModel,
  { chains, rungs, sweeps }: ChainShape & { readonly sweeps: number },
  backend: string,
): MemoryNeed {
  const { host, device } = samplingNeed(model, { chains, rungs }, backend);
  return { host: host + 8 * chains * (rungs - 1) * sweeps, device };
}

/** What annealed chains need: of each, what all layers receive. */
export function annealingNeed(model: EnergyModel, chains: number, backend: string): MemoryNeed {
  return { host: 8 * chains, device: numberBytes(backend) * chains * numbersOf(model).all };
}

/** Numbers of a row of all layers, and of the visible ones. */
function numbersOf(model: EnergyModel): { readonly all: number; readonly visible: number } {
  return {
    all: model.layers.reduce((sum, layer) => sum + rowLength(layer), 0),
    visible: model.visible.reduce((sum, l) => sum + rowLength(model.layers[l] as Layer), 0),
  };
}

/** The reference backend keeps doubles. */
function numberBytes(backend: string): number {
  return backend === 'reference' ? 8 : 4;
}

/** A number of bytes as people read it: `51.2 GB`. */
function bytes(size: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  return `${power === 0 ? size : (size / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

/** `100,000,000`. */
export function count(size: number): string {
  return size.toLocaleString('en-US');
}

import type { Operation } from './cost.js';

/** Which engine a side opens. */
export type EngineName = 'webgpu' | 'webgl2' | 'wasm';

/** What a side may be asked: a program in Node, or a page. */
export type CheckRequest =
  | { readonly ask: 'open'; readonly engine: EngineName; readonly threads: number }
  | { readonly ask: 'suite' }
  | {
      readonly ask: 'time';
      readonly operation: Operation;
      readonly visible: number;
      readonly hidden: number;
      readonly batch: number;
      /** Milliseconds that a measurement should take. */
      readonly duration: number;
    }
  | {
      readonly ask: 'train';
      /** Images of 784 bits in base64, the first bit of a byte first. */
      readonly images: string;
      readonly epochs: number;
    };

/** What a side opened. */
export interface OpenedSide {
  /** What the backend reports of itself. */
  readonly info: string;
  /** Whether it reports graphics hardware. */
  readonly hardware: boolean;
  readonly adapter: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
}

/** A check of the conformance suite that ended. */
export interface SuitePart {
  readonly total: number;
  readonly name: string;
  readonly failure?: string;
}

/** Milliseconds of an operation. */
export interface Timed {
  /** From nothing to the end of the first step: allocation, upload, compilation. */
  readonly first: number;
  readonly step: number;
  readonly steps: number;
  /** What `memory()` of the backend reports. */
  readonly bytes: number;
}

/** A training and its likelihood. */
export interface TrainedResult {
  readonly seconds: number;
  readonly steps: number;
  readonly images: number;
  /** Mean log-likelihood of held-out images in nats, estimated: log Z comes from annealing. */
  readonly logLikelihood: number;
  /** Over images, and of log Z. */
  readonly errorOverImages: number;
  readonly errorOfLogPartition: number;
  readonly effectiveSampleSize: number;
}

/** Sends parts of a reply before its end. */
export type SendPart = (part: unknown) => void;

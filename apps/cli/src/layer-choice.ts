import { bernoulli, binomial, gaussian, potts, relu, spin } from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import type { Pieces } from './pieces.js';
import { UsageError } from './usage-error.js';

/** The program's own kinds of units, in the order in which help lists them. */
const kinds = ['bernoulli', 'spin', 'potts', 'gaussian', 'relu', 'binomial'] as const;

/** One of the program's own kinds. */
type OwnKind = (typeof kinds)[number];

/** A kind of unit that the command line can name: the program's own, or a plugin's. */
export type LayerKind = OwnKind | `${string}/${string}`;

/** A kind of unit with its setting: the categories of Potts units, the trials of binomial ones. */
export interface LayerChoice {
  readonly kind: LayerKind;
  /** q or n. Of visible Potts units it may be left to the data. */
  readonly size?: number;
}

/** A hidden layer: a kind and how many units. */
export interface HiddenChoice extends LayerChoice {
  readonly units: number;
}

/** What `--visible` takes. */
export const visibleSpelling =
  'bernoulli, spin, potts[:q], gaussian, relu, binomial:n, or the name of one that a plugin provides';
/** What `--hidden` takes. */
export const hiddenSpelling =
  'N units, or a kind and N: 64, spin:64, potts:q:64, gaussian:64, relu:64, binomial:n:64, acme/kind:64';

/**
 * Reads `--visible`: `gaussian`, `potts:21`, `binomial:8`.
 *
 * @throws UsageError
 */
export function parseVisible(text: string): LayerChoice {
  const [kind, size, ...rest] = text.split(':');
  const choice = {
    kind: parseKind(kind ?? '', 'visible', text),
    ...(size === undefined ? {} : { size: wholeNumber(size) }),
  };
  if (rest.length > 0) throw refuse('visible', text, `a kind: ${visibleSpelling}`);
  checkSize(choice, 'visible', text);
  if (choice.kind === 'binomial' && size === undefined)
    throw refuse('visible', text, 'the number of trials: binomial:8');
  return choice;
}

/**
 * Reads `--hidden`: `64`, `spin:64`, `potts:3:20`.
 *
 * @throws UsageError
 */
export function parseHidden(text: string): HiddenChoice {
  const parts = text.split(':');
  const units = wholeNumber(parts.at(-1) ?? '');
  if (!Number.isSafeInteger(units) || units < 1) {
    throw refuse('hidden', text, `a positive whole number of units: ${hiddenSpelling}`);
  }
  if (parts.length === 1) return { kind: 'bernoulli', units };
  const [kind, size] = parts.slice(0, -1) as [string, string | undefined];
  const choice = {
    kind: parseKind(kind, 'hidden', text),
    units,
    ...(size === undefined ? {} : { size: wholeNumber(size) }),
  };
  if (parts.length > 3) throw refuse('hidden', text, hiddenSpelling);
  checkSize(choice, 'hidden', text);
  if (size === undefined && (choice.kind === 'binomial' || choice.kind === 'potts')) {
    throw refuse(
      'hidden',
      text,
      `how many ${choice.kind === 'potts' ? 'categories' : 'trials'}: ${choice.kind}:4:${units}`,
    );
  }
  return choice;
}

/** A layer of `units` units of the kind chosen. @throws as `Catalog.createLayer` for a plugin's. */
export function layerOf({ kind, size = 0 }: LayerChoice, units: number, pieces: Pieces): Layer {
  switch (kind) {
    case 'bernoulli':
      return bernoulli(units);
    case 'spin':
      return spin(units);
    case 'potts':
      return potts(units, { categories: size });
    case 'binomial':
      return binomial(units, { trials: size });
    case 'gaussian':
      return gaussian(units);
    case 'relu':
      return relu(units);
    default:
      return pieces.layer(kind, units);
  }
}

/**
 * How a layer would be chosen: what its data must be like.
 */
export function choiceOf({ kind, settings }: Layer): LayerChoice {
  if (!isOwn(kind)) return { kind: kind as LayerKind };
  const size = settings.categories ?? settings.trials;
  return size === undefined ? { kind } : { kind, size };
}

function isOwn(kind: string): kind is OwnKind {
  return (kinds as readonly string[]).includes(kind);
}

function parseKind(kind: string, option: string, text: string): LayerKind {
  if (isOwn(kind) || kind.includes('/')) return kind as LayerKind;
  throw refuse(option, text, option === 'hidden' ? hiddenSpelling : visibleSpelling);
}

/** NaN for anything but digits. */
function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function checkSize({ kind, size }: LayerChoice, option: string, text: string): void {
  if (size === undefined) return;
  if (kind !== 'potts' && kind !== 'binomial') throw refuse(option, text, `no setting for ${kind} units`);
  const [least, most] = kind === 'potts' ? [2, 4096] : [1, 254];
  if (Number.isSafeInteger(size) && size >= least && size <= most) return;
  const what = kind === 'potts' ? 'categories' : 'trials';
  throw refuse(option, text, `${least} to ${most} ${what}`);
}

function refuse(option: string, text: string, expected: string): UsageError {
  return new UsageError(`--${option} ${text}: expected ${expected}.`);
}

import type { DataArguments } from './data-options.js';
import { type LayerChoice, parseVisible } from './layer-choice.js';
import { UsageError } from './usage-error.js';

/** What `--columns` says. */
export interface ColumnSelection {
  /** Names, numbers from 1 and ranges, without their kinds. */
  readonly items: readonly string[];
  /** The kind of unit that the columns are given: one for all, since the visible units are of one kind. */
  readonly kind?: LayerChoice;
}

const kindAtEnd = /^(.+?):((?:bernoulli|spin|potts|gaussian|relu|binomial)(?::\d+)?)$/;

/**
 * Reads `--columns`: `a,b,5-8`, or with a kind of unit `color:potts,size:potts`. Columns without one take that of the others.
 *
 * @throws UsageError for several kinds
 */
export function parseColumns(text: string): ColumnSelection {
  const parts = text.split(',').map((part) => kindAtEnd.exec(part.trim()) ?? [part, part]);
  const kinds = [...new Set(parts.flatMap(([, , kind]) => (kind === undefined ? [] : [kind])))];
  if (kinds.length > 1) {
    throw new UsageError(`--columns ${text}: visible units are of one kind; expected one of ${kinds.join(' and ')}.`);
  }
  const [kind] = kinds;
  return {
    items: parts.map(([, item = '']) => item),
    ...(kind !== undefined && { kind: parseVisible(kind) }),
  };
}

/**
 * The visible units that the command line or a model asks for, by themselves or by the columns; none if neither does.
 *
 * @throws UsageError where they contradict each other
 */
export function chosenVisible({ columns }: DataArguments, visible: LayerChoice | undefined): LayerChoice | undefined {
  const { kind } = columns === undefined ? ({} as ColumnSelection) : parseColumns(columns);
  if (!kind || !visible) return kind ?? visible;
  if (kind.kind !== visible.kind || (kind.size !== undefined && kind.size !== visible.size)) {
    throw new UsageError(`--columns ${columns}: the visible units are ${describe(visible)}, not ${describe(kind)}.`);
  }
  return visible;
}

function describe({ kind, size }: LayerChoice): string {
  return size === undefined ? kind : `${kind}:${size}`;
}

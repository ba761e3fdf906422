import { RbmError } from '@rbm/core';
import { type ColumnDescription, commonKind, describeColumns } from './column-description.js';
import { type DataContext, prepareData, type ReadData, readData } from './data.js';
import { type DataArguments, type SourceKind, sources } from './data-options.js';
import { oneLine } from './printable.js';
import type { RawData } from './raw-data.js';
import { UsageError } from './usage-error.js';

/** What `rbm data info --json` prints. */
export interface Inspection {
  readonly data: string;
  readonly source: SourceKind;
  /** As the file has them: incomplete ones included. */
  readonly rows: number;
  readonly incompleteRows: number;
  readonly columns: readonly ColumnDescription[];
  readonly labels: LabelDescription | null;
  readonly image: readonly [number, number] | null;
  /** The kind of unit that fits all columns. */
  readonly fits: string | null;
  /** What `train` would see with the same options, or why it would stop. */
  readonly training: TrainingDescription | { readonly error: string };
  /** Guesses, each with the option that reverses it, and warnings. */
  readonly notes: readonly string[];
}

interface LabelDescription {
  /** How many rows have each. */
  readonly counts: Readonly<Record<string, number>>;
}

interface TrainingDescription {
  readonly train: number;
  readonly test: number;
  readonly units: string;
  readonly width: number;
}

/** The first rows of some data. */
export interface Preview {
  readonly columns: readonly string[];
  /** Numbers, categories by name, null where a value is missing. */
  readonly rows: readonly (readonly (number | string | null)[])[];
  readonly labels: readonly string[] | null;
}

/** Describes data, and tries what training would do first. @throws as `readData` */
export async function inspectData(args: DataArguments, context: DataContext): Promise<Inspection> {
  const notes: string[] = [];
  const heard = { ...context, log: (line: string): void => void notes.push(line) };
  const read = await readData(args, heard, true);
  const raw = rawOf(read);
  const { samples } = raw;
  const { count, width, mask } = samples;
  let incompleteRows = 0;
  for (let n = 0; mask && n < count; n++) if (mask.subarray(n * width, (n + 1) * width).includes(1)) incompleteRows++;
  const columns = describeColumns(raw);
  return {
    data: args.data,
    source: read.kind,
    rows: count,
    incompleteRows,
    columns,
    labels: describeLabels(raw),
    image: raw.image ? [...raw.image] : null,
    fits: commonKind(columns) ?? null,
    training: tryPreparation(read, columns, args, heard),
    notes,
  };
}

/** The first rows as they were read. @throws as `readData` */
export async function previewData(args: DataArguments, rows: number, context: DataContext): Promise<Preview> {
  const raw = rawOf(await readData(args, context, true));
  const { values, count, width, mask, names, labels } = raw.samples;
  const shown = Math.min(rows, count);
  const cell = (n: number, c: number): number | string | null => {
    const i = n * width + c;
    const value = values[i] as number;
    if (mask?.[i] || Number.isNaN(value)) return null;
    return raw.categories?.[c]?.[value] ?? raw.letters?.[value] ?? value;
  };
  return {
    columns: Array.from({ length: width }, (_, c) => names?.[c]?.trim() || String(c + 1)),
    rows: Array.from({ length: shown }, (_, n) => Array.from({ length: width }, (_, c) => cell(n, c))),
    labels: labels ? Array.from(labels.subarray(0, shown), (label) => raw.labelNames?.[label] ?? String(label)) : null,
  };
}

/** A data set with a name as if it were read from a file. */
function rawOf({ content, visible }: ReadData): RawData {
  if ('raw' in content) return content.raw;
  const { train, image } = content.dataset;
  return { samples: train, visible, advice: '', ...(image && { image }) };
}

function describeLabels({ samples: { labels }, labelNames }: RawData): LabelDescription | null {
  if (!labels) return null;
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { counts: Object.fromEntries(sorted.map(([label, n]) => [labelNames?.[label] ?? String(label), n])) };
}

function tryPreparation(
  read: ReadData,
  columns: readonly ColumnDescription[],
  args: DataArguments,
  context: DataContext,
): Inspection['training'] {
  const text = 'raw' in read.content && columns.filter(({ categories }) => categories).map(({ name }) => name);
  if (text && text.length > 0 && 'raw' in read.content && read.content.raw.letters === undefined) {
    if (read.visible.kind !== 'potts' || args.columns === undefined) {
      const asLabel = text.length === 1 && args.label === undefined ? `, or --label ${text[0]}` : '';
      const options = `--columns ${text.map((name) => `${name}:potts`).join(',')} or --drop ${text.join(',')}`;
      return { error: `${args.data}: columns of text: ${text.join(', ')}. Use ${options}${asLabel}.` };
    }
  }
  try {
    const { dataset, visible } = prepareData(read, args, context);
    const { train, test } = dataset;
    const units = visible.size === undefined ? visible.kind : `${visible.kind}:${visible.size}`;
    return { train: train.count, test: test?.count ?? 0, units, width: train.width };
  } catch (error) {
    if (RbmError.isInstance(error) || error instanceof UsageError) return { error: error.message };
    throw error;
  }
}

/** The description for people. */
export function formatInspection(inspection: Inspection): string {
  const { data, source, rows, incompleteRows, columns, labels, image, fits, training, notes } = inspection;
  const lines = [
    `data         ${data}, ${sources[source]}`,
    `rows         ${rows}${incompleteRows > 0 ? `, ${incompleteRows} of them with missing values` : ''}`,
    `columns      ${columns.length}`,
    ...(image ? [`image        ${image.join(' × ')} pixels`] : []),
    ...(labels ? [`labels       ${describeCounts(labels.counts)}`] : []),
    ...tableOf(columns),
    `fits         ${fits === null ? 'no single kind of unit: choose columns with --columns' : `--visible ${fits}`}`,
    `training     ${'error' in training ? `stops: ${training.error}` : describeTraining(training)}`,
    ...notes.map((note) => `note         ${note}`),
  ];
  return lines.map(oneLine).join('\n');
}

/** Columns that are shown one by one, first and last ones of longer tables. */
const SHOWN = 20;

function tableOf(columns: readonly ColumnDescription[]): string[] {
  const shown = columns.length <= SHOWN ? columns : [...columns.slice(0, SHOWN - 2), ...columns.slice(-2)];
  const cells = shown.map((column) => [
    column.name,
    column.kind,
    column.why,
    column.missing > 0 ? `${column.missing} missing` : '',
    column.categories ? firstOf(column.categories) : describeRange(column),
  ]);
  const widths = [0, 1, 2, 3].map((c) => Math.max(...cells.map((row) => (row[c] as string).length)));
  const lines = cells.map((row) => `  ${row.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join('  ')}`.trimEnd());
  if (columns.length > SHOWN) lines.splice(SHOWN - 2, 0, `  … ${columns.length - SHOWN} more`);
  return lines;
}

function describeRange({ least, greatest, mean }: ColumnDescription): string {
  if (least === undefined || greatest === undefined || mean === undefined) return '';
  const [from, to, middle] = [least, greatest, mean].map((x) => String(Number(x.toPrecision(4))));
  return `${from} to ${to}, mean ${middle}`;
}

function describeTraining({ train, test, units, width }: TrainingDescription): string {
  return `${train} samples${test > 0 ? `, ${test} held out` : ''}, of ${width} numbers for ${units} units`;
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  return firstOf(Object.entries(counts).map(([label, count]) => `${label} (${count})`));
}

function firstOf(items: readonly string[]): string {
  return items.slice(0, 12).join(', ') + (items.length > 12 ? ', …' : '');
}

/** The rows for people. */
export function formatPreview({ columns, rows, labels }: Preview): string {
  const head = [...columns, ...(labels ? ['label'] : [])];
  const body = rows.map((row, n) => {
    const cells = row.map((cell) => (cell === null ? 'NA' : typeof cell === 'number' ? short(cell) : cell));
    return [...cells, ...(labels ? [labels[n] as string] : [])];
  });
  const cut = <T>(row: readonly T[]): (T | string)[] =>
    row.length <= SHOWN ? [...row] : [...row.slice(0, SHOWN - 2), '…', ...row.slice(-2)];
  const table = [head, ...body].map(cut);
  const widths = (table[0] as string[]).map((_, c) => Math.max(...table.map((row) => (row[c] as string).length)));
  return table
    .map((row) => row.map((cell, c) => cell.padStart(widths[c] as number)).join('  '))
    .map(oneLine)
    .join('\n');
}

function short(x: number): string {
  return String(Number(x.toPrecision(6)));
}

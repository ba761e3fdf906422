import { RbmError } from './errors.js';

/** One option of a named piece, as plain data: enough to check a value and to explain it to a person. */
export type OptionSpec =
  | ({ readonly type: 'number'; readonly default?: number; readonly describe?: string } & NumberRange)
  | ({ readonly type: 'integer'; readonly default?: number; readonly describe?: string } & NumberRange)
  | { readonly type: 'boolean'; readonly default?: boolean; readonly describe?: string }
  | {
      readonly type: 'string';
      readonly default?: string;
      readonly describe?: string;
      /** The only values allowed. */
      readonly choices?: readonly string[];
    };

/** The values a number may take, both ends included. */
export interface NumberRange {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Options by name. One without a default must be given. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What a checked option is. */
export type OptionValue = number | boolean | string;

/** Checked options, defaults filled in. */
export type OptionValues = Readonly<Record<string, OptionValue>>;

/**
 * The type of checked options, from their description: `{ flip: number; order: 'random' | 'fixed' }`. Write a description that stands
 * alone with `as const satisfies OptionSpecs`, so that the compiler keeps its texts.
 */
export type OptionsOf<Specs> = { readonly [Name in keyof Specs]: OptionOf<Specs[Name]> };

type OptionOf<Spec> =
  Property<Spec, 'type'> extends 'number' | 'integer'
    ? number
    : Property<Spec, 'type'> extends 'boolean'
      ? boolean
      : Property<Spec, 'choices'> extends readonly (infer Choice extends string)[]
        ? Choice
        : Property<Spec, 'type'> extends 'string'
          ? string
          : OptionValue;

/** Asked by name: `Spec extends { type: 'number' }` is false in TypeScript 5 while an object literal with further properties is inferred. */
type Property<Spec, Name extends string> = Name extends keyof Spec ? Spec[Name] : unknown;

/**
 * Options from a file or a command line, checked, with defaults for those left out.
 *
 * @param owner Whom messages name: `sampler "acme/metropolis"`.
 * @throws RbmError `OPTION_INVALID` for an unknown key (naming the nearest valid one), a missing one, a wrong type, or a
 * value out of range.
 */
export function checkOptions(owner: string, specs: OptionSpecs, given: unknown = {}): OptionValues {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RbmError('OPTION_INVALID', `The options of ${owner} should be an object, not ${show(given)}.`);
  }
  const names = Object.keys(specs);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(specs, key)) continue;
    const known = names.length === 0 ? 'It takes none' : `It takes ${names.join(', ')}`;
    const nearest = nearestName(key, names);
    const fix = nearest === undefined ? 'Leave it out.' : `Did you mean "${nearest}"?`;
    throw new RbmError('OPTION_INVALID', `${owner} has no option "${key}". ${known}. ${fix}`);
  }
  const values: Record<string, OptionValue> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const own = (given as Record<string, unknown>)[name];
    const value = own === undefined ? spec.default : own;
    const complaint = complaintAbout(spec, value);
    if (complaint !== undefined) {
      throw new RbmError('OPTION_INVALID', `Option "${name}" of ${owner} should be ${complaint}, not ${show(value)}.`);
    }
    values[name] = value as OptionValue;
  }
  return values;
}

/** What the value should have been, if it is not. */
function complaintAbout(spec: OptionSpec, value: unknown): string | undefined {
  if (spec.type === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false';
  if (spec.type === 'string') {
    if (spec.choices) {
      return spec.choices.includes(value as string) ? undefined : `one of ${spec.choices.join(', ')}`;
    }
    return typeof value === 'string' ? undefined : 'a text';
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = spec;
  const isKind = spec.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isKind && (value as number) >= minimum && (value as number) <= maximum) return undefined;
  const kind = spec.type === 'integer' ? 'a whole number' : 'a finite number';
  if (spec.minimum !== undefined && spec.maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
  if (spec.minimum !== undefined) return `${kind} of at least ${minimum}`;
  return spec.maximum === undefined ? kind : `${kind} of at most ${maximum}`;
}

/** The name a person most likely meant: the one of fewest edits, if these are few. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of names) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = candidate;
  }
  return nearest;
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

function show(value: unknown): string {
  if (value === undefined) return 'left out';
  return typeof value === 'string' ? `"${value}"` : String(value);
}

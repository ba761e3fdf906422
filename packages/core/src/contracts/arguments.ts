import type { SampleArray, Samples } from './dataset.js';
import { RbmError } from './errors.js';
import { nearestName } from './options.js';

/** What an argument should be: for checks of calls from JavaScript, which no compiler has seen. */
export interface ArgumentKind {
  /** With its article, for messages: `a layer`. */
  readonly noun: string;
  /** What a caller could write: `bernoulli(16)`. */
  readonly example: string;
  /** Whether the argument can be left out (default: false). */
  readonly optional?: boolean;
  /** Whether a value is of the kind. */
  is(value: unknown): boolean;
  /** What to do about a value that is something else, where that can be told from the value. */
  fix?(value: unknown): string | undefined;
}

/** Options of a function that takes none. */
export type NoOptions = Readonly<Record<string, never>>;

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === 'function');
}

function isPromise(value: unknown): boolean {
  return hasMethods(value, 'then');
}

/** The class of a typed array, of another realm too; `undefined` for anything else. */
function arrayClass(value: unknown): string | undefined {
  return ArrayBuffer.isView(value)
    ? (value as unknown as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]
    : undefined;
}

function isSampleArray(value: unknown): value is SampleArray {
  const name = arrayClass(value);
  return name === 'Float64Array' || name === 'Uint8Array' || name === 'Float32Array';
}

function isModel(value: unknown): boolean {
  return isObject(value) && isObject(value.layout) && Array.isArray(value.layers) && isSampleArray(value.parameters);
}

function isSamples(value: unknown): value is Samples {
  return (
    isObject(value) &&
    isSampleArray(value.values) &&
    typeof value.count === 'number' &&
    typeof value.width === 'number' &&
    (value.weights === undefined || isSampleArray(value.weights))
  );
}

function isSampler(value: unknown): boolean {
  return (
    hasMethods(value, 'bind') &&
    isObject((value as Fields).capabilities) &&
    'invariant' in ((value as Fields).capabilities as Fields)
  );
}

/** Of an object that has the thing that was wanted as a property. */
function part(name: string, is: (value: unknown) => boolean): (value: unknown) => string | undefined {
  return (value) => (isObject(value) && is(value[name]) ? `Pass its .${name}.` : undefined);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** Of a text that holds a number, or an object with the number. */
function fixNumber(value: unknown): string | undefined {
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
    return `Write ${Number(value)}.`;
  return part('logPartition', isNumber)(value);
}

function fixSamples(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    return 'Write { values: Float64Array.from(rows.flat()), count: rows.length, width: rows[0].length }.';
  }
  return part('train', isSamples)(value);
}

function fixArray(value: unknown): string | undefined {
  if (Array.isArray(value)) return `Write Float64Array.from(${value.some(Array.isArray) ? 'rows.flat()' : '…'}).`;
  return part('values', isSampleArray)(value);
}

/** The kinds of arguments that public functions take. `number` is any: ranges are checked where they are known. */
export const argumentKinds: Readonly<
  Record<
    | 'model'
    | 'layer'
    | 'samples'
    | 'generator'
    | 'backend'
    | 'program'
    | 'sampler'
    | 'estimator'
    | 'optimizer'
    | 'monitor'
    | 'signal'
    | 'sampleArray'
    | 'layerValues'
    | 'numbers'
    | 'bytes'
    | 'number'
    | 'count'
    | 'boolean'
    | 'text'
    | 'function'
    | 'array'
    | 'record',
    ArgumentKind
  >
> = {
  model: {
    noun: 'a model',
    example: 'rbm({ visible: bernoulli(16), hidden: bernoulli(4) })',
    is: isModel,
    fix: part('model', isModel),
  },
  layer: {
    noun: 'a layer',
    example: 'bernoulli(16)',
    is: (value) => hasMethods(value, 'cgf', 'mean', 'sample') && isNumber((value as Fields).units),
    fix: (value) => (isNumber(value) ? `Write bernoulli(${value}).` : undefined),
  },
  samples: { noun: 'samples', example: '{ values, count, width }', is: isSamples, fix: fixSamples },
  generator: {
    noun: 'a generator of random numbers',
    example: 'generator(1)',
    is: (value) => hasMethods(value, 'uniform', 'fork'),
    fix: (value) => (isNumber(value) ? `Write generator(${value}).` : undefined),
  },
  backend: { noun: 'a backend', example: 'reference()', is: (value) => hasMethods(value, 'prepare', 'read') },
  program: {
    noun: 'a program',
    example: 'await backend.prepare(model)',
    is: (value) => hasMethods(value, 'allocate', 'affine'),
  },
  sampler: { noun: 'a sampler', example: 'gibbs()', is: isSampler },
  estimator: {
    noun: 'an estimator',
    example: 'cd()',
    is: (value) => hasMethods(value, 'bind') && !isSampler(value),
    fix: (value) => (isSampler(value) ? 'Write pcd({ sampler }).' : undefined),
  },
  optimizer: { noun: 'an optimizer', example: 'sgd()', is: (value) => hasMethods(value, 'init', 'update') },
  monitor: { noun: 'a monitor', example: 'reconstructionError()', is: (value) => hasMethods(value, 'measure') },
  signal: {
    noun: 'an abort signal',
    example: 'new AbortController().signal',
    is: (value) => isObject(value) && typeof value.aborted === 'boolean',
    fix: part('signal', isObject),
  },
  sampleArray: {
    noun: 'a Float64Array, Float32Array or Uint8Array',
    example: 'Float64Array.from(…)',
    is: isSampleArray,
    fix: fixArray,
  },
  layerValues: {
    noun: 'values of layers by name',
    example: '{ visible: data.values }',
    is: (value) => isObject(value) && !Array.isArray(value) && !ArrayBuffer.isView(value) && !isPromise(value),
  },
  numbers: {
    noun: 'an array of numbers',
    example: 'Float64Array.from(…)',
    is: (value) => isObject(value) && isNumber(value.length) && (value.length === 0 || isNumber(value[0])),
    fix: fixArray,
  },
  bytes: {
    noun: 'bytes, a Uint8Array',
    example: "await readFile('a file')",
    is: (value) => arrayClass(value) === 'Uint8Array',
    fix: (value) =>
      /ArrayBuffer|Array$/.test(describe(value)) && !Array.isArray(value)
        ? 'Write new Uint8Array(…) around it.'
        : undefined,
  },
  number: { noun: 'a number', example: '1', is: isNumber, fix: fixNumber },
  count: {
    noun: 'a positive whole number',
    example: '100',
    is: (value) => isNumber(value) && value >= 1 && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY),
    fix: fixNumber,
  },
  boolean: { noun: 'true or false', example: 'true', is: (value) => typeof value === 'boolean' },
  text: { noun: 'a text', example: "'name'", is: (value) => typeof value === 'string' },
  function: { noun: 'a function', example: '() => {}', is: (value) => typeof value === 'function' },
  array: { noun: 'an array', example: '[…]', is: Array.isArray },
  record: {
    noun: 'an object',
    example: '{ … }',
    is: (value) => isObject(value) && !Array.isArray(value) && !isPromise(value),
  },
};

/** An argument that can be left out. */
export function optional(kind: ArgumentKind): ArgumentKind {
  return { ...kind, optional: true };
}

/** One of some texts. */
export function oneOf(...texts: readonly string[]): ArgumentKind {
  const shown = texts.map((text) => `'${text}'`);
  return {
    noun: shown.length > 1 ? `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}` : (shown[0] as string),
    example: shown[0] as string,
    is: (value) => texts.includes(value as string),
  };
}

/** An array whose entries are all of one kind. */
export function listOf(kind: ArgumentKind, noun: string): ArgumentKind {
  return {
    noun: `an array of ${noun}`,
    example: `[${kind.example}]`,
    is: (value) => Array.isArray(value) && value.every(kind.is),
    fix: (value) => {
      if (!Array.isArray(value)) return kind.is(value) ? 'Put it into [ ].' : undefined;
      const bad = value.findIndex((entry) => !kind.is(entry));
      return `Its entry ${bad} is ${describe(value[bad])}. ${fixOf(value[bad], kind)}`;
    },
  };
}

/**
 * Checks one argument of a public function.
 *
 * @param owner The function: `freeEnergy`.
 * @param name The argument: `visible`.
 * @throws RbmError `ARGUMENT_INVALID`, with what was passed, what was expected and what to write.
 */
export function checkArgument(owner: string, name: string, value: unknown, kind: ArgumentKind): void {
  if (kind.is(value) || (value === undefined && kind.optional)) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `${owner}: ${name} is ${describe(value)}; expected ${kind.noun}. ${fixOf(value, kind)}`,
  );
}

/**
 * Checks the options of a public function: that they are an object, have no unknown names, miss none, and each is of its kind. For
 * mistakes of callers without a compiler; ranges are left to the function.
 *
 * @param owner The function: `train`.
 * @param kinds One for each option of the type.
 * @throws RbmError `ARGUMENT_INVALID`, with what was passed, what was expected and what to write.
 */
export function checkArguments<Options extends object>(
  owner: string,
  options: Options,
  kinds: Readonly<Record<keyof Options, ArgumentKind>>,
): void {
  const given: unknown = options;
  const names = Object.keys(kinds);
  const own = argumentKinds.layerValues.is(given) ? Object.keys(given as object) : undefined;
  const unknown = own?.filter((name) => !Object.hasOwn(kinds, name)) ?? [];
  // Something else than options, rather than options with a mistake.
  if (!own || (2 * unknown.length > own.length && nounOf(given) !== undefined)) {
    const required = names.filter((name) => !(kinds as Record<string, ArgumentKind>)[name]?.optional);
    const shown = `{ ${(required.length > 0 ? required : names).join(', ')} }`;
    const fix = isPromise(given) ? 'Write await before them' : `Write ${owner}(${names.length > 0 ? shown : ''})`;
    throw new RbmError(
      'ARGUMENT_INVALID',
      `${owner}: the options are ${describe(given)}; expected an object${names.length > 0 ? ` ${shown}` : ''}. ${fix}.`,
    );
  }
  const [stranger] = unknown;
  if (stranger !== undefined) {
    const nearest = nearestName(stranger, names);
    throw new RbmError(
      'ARGUMENT_INVALID',
      `${owner} has no option "${stranger}". It takes ${names.length > 0 ? names.join(', ') : 'none'}. ` +
        (nearest === undefined ? 'Leave it out.' : `Did you mean "${nearest}"?`),
    );
  }
  for (const name of names) {
    checkArgument(owner, name, (given as Fields)[name], kinds[name as keyof Options]);
  }
}

const { model, layer, samples, generator, backend, program, sampler, estimator, optimizer, monitor } = argumentKinds;
const nouns = [model, layer, samples, generator, backend, program, sampler, estimator, optimizer, monitor];

/** What an object is known as; `undefined` for plain ones. */
function nounOf(value: unknown): string | undefined {
  return nouns.find((kind) => kind.is(value))?.noun;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} letters` : JSON.stringify(value);
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (!isObject(value)) return String(value);
  if (isPromise(value)) return 'a promise';
  const noun = nounOf(value);
  if (noun !== undefined) return noun;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const { name = 'Object' } = (value.constructor ?? {}) as { readonly name?: string };
  return name === 'Object' || name === '' ? 'an object' : `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

function fixOf(value: unknown, kind: ArgumentKind): string {
  if (isPromise(value)) return 'Write await before it.';
  const fix = kind.fix?.(value);
  if (fix !== undefined) return fix;
  const { example } = kind;
  if (typeof value !== 'function' || !example.endsWith(')')) return `Write ${example}.`;
  return example.startsWith(`${value.name}(`)
    ? `Call it: ${example}.`
    : `Call a function that makes one, such as ${example}.`;
}

import {
  bernoulli,
  binomial,
  checkNormalisable,
  createModel,
  type EnergyModel,
  gaussian,
  type ImageShape,
  potts,
  RbmError,
  relu,
  sampleWidth,
  spin,
} from '@rbm/core';
import type { Layer } from '@rbm/core/contracts';
import { checkArgument, checkArguments, argumentKinds as kinds, optional } from '@rbm/core/contracts';
import packageFile from '../package.json' with { type: 'json' };
import { checkBytes } from './check-bytes.js';
import { checkDeclaredSizes, checkImage, checkInteractionSizes, expectTensor, quote } from './declared-sizes.js';
import { type FileLimits, type FullFileLimits, fillLimits } from './limits.js';
import { parseMetadata } from './metadata.js';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors.js';
import {
  describeStructure,
  type InteractionFactory,
  isIndices,
  isRecord,
  isStructure,
  readBlocks,
  readInteractions,
  type Structure,
  structureTensors,
} from './structure.js';
import {
  describeTrainingData,
  readBaseline,
  readTrainingData,
  type TrainingData,
  trainingTensorNames,
  trainingTensors,
} from './training-data.js';

/** What a model file says beside the model: enough to prepare new data and to show samples. */
export interface ModelDetails {
  /** Height and width of a sample that is an image. */
  readonly image?: ImageShape;
  /** How the training data were prepared, as datasets record it. */
  readonly preparation?: Readonly<Record<string, string | number | boolean>>;
  /**
   * The change of units from data to what the visible units take, `(x − mean) / scale`: `[width of a sample]` each, the
   * scales positive. Kept as float64 tensors `preparation.mean` and `preparation.scale`.
   */
  readonly standardisation?: { readonly mean: Float64Array; readonly scale: Float64Array };
  /** What the model was trained on. */
  readonly training?: TrainingData;
  /**
   * Parameters of the visible layers for units that do not interact, fitted to the training data (`fitVisible`): the rates
   * that likelihoods are compared with. The arrays of the visible layers one after the other, as in the model's layout; kept
   * as float64 tensors `baseline.visible.bias` and so on.
   */
  readonly baseline?: Float64Array;
  /** Which package provides a kind of layer or interaction that is a third party's: `{ 'acme/convolution': 'rbm-plugin-acme' }`. */
  readonly plugins?: Readonly<Record<string, string>>;
}

/** A model file's content. */
export interface ModelFile {
  readonly model: EnergyModel;
  readonly details: ModelDetails;
  /** What wrote it: `@rbm/formats 0.1.0`. */
  readonly library: string;
}

/** Makes a layer of one kind from what a model file says of it. */
export type LayerFactory = (units: number, settings: Readonly<Record<string, number>>) => Layer;

/** What `decodeModel` takes beside the bytes. */
export interface DecodeModelOptions {
  /** Layers of third parties, by kind. */
  readonly layers?: Readonly<Record<string, LayerFactory>>;
  /** Interactions of third parties, by kind. */
  readonly interactions?: Readonly<Record<string, InteractionFactory>>;
  /** What the file may cost to read. */
  readonly limits?: FileLimits;
}

const FORMAT = 'rbm-model';
const VERSION = '1';

/** The kinds of models of our own that this version reads. Those of third parties have a namespace. */
const modelKinds: readonly string[] = ['rbm', 'independent', 'deep', 'hopfield', 'ising', 'graph'];

// A model is its layers, interactions and blocks, all of which the file describes: its kind is only a name.
function isKnownKind(kind: string): boolean {
  return modelKinds.includes(kind) || kind.includes('/');
}

/** The library's own layers, by kind. */
const ownLayers: Readonly<Record<string, LayerFactory>> = {
  bernoulli: (units) => bernoulli(units),
  spin: (units) => spin(units),
  potts: (units, { categories = 0 }) => potts(units, { categories }),
  binomial: (units, { trials = 0 }) => binomial(units, { trials }),
  gaussian: (units) => gaussian(units),
  relu: (units) => relu(units),
};

/**
 * A model as a safetensors file: one F32 tensor for each parameter array, named as in the model's layout (`weights`
 * `[visible, hidden]`, `visible.bias`, `hidden.bias`), F64 tensors of a standardisation, and metadata that say the
 * rest. Parameters are rounded to float32.
 *
 * @throws RbmError `UNSUPPORTED` for a kind of model that `decodeModel` would refuse, or an interaction that cannot be saved;
 * `NOT_FINITE` if a parameter has no finite float32; `ARGUMENT_INVALID` for a standardisation that is none, an image of another size
 * than a sample, or training data or a baseline of another shape than documented.
 */
export function encodeModel(model: EnergyModel, details: ModelDetails = {}): Uint8Array {
  checkArgument('encodeModel', 'model', model, kinds.model);
  checkArguments('encodeModel', details, {
    image: optional({ ...kinds.numbers, example: '[28, 28]' }),
    preparation: optional(kinds.record),
    standardisation: optional({ ...kinds.record, example: '{ mean, scale }' }),
    training: optional(kinds.record),
    baseline: optional(kinds.sampleArray),
    plugins: optional(kinds.record),
  });
  if (!isKnownKind(model.kind)) {
    throw new RbmError(
      'UNSUPPORTED',
      `Models of kind ${quote(model.kind)} cannot be saved, only ${modelKinds.join(', ')}. Name a kind of your own "vendor/name".`,
    );
  }
  const tensors: Record<string, Tensor<'F32' | 'F64' | 'U32'>> = { ...structureTensors(model) };
  for (const { name, shape, offset, length } of model.layout.arrays) {
    const data = Float32Array.from(model.parameters.subarray(offset, offset + length));
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) throw new RbmError('NOT_FINITE', `Number ${bad} of "${name}" is ${model.parameters[offset + bad]}.`);
    tensors[name] = { dtype: 'F32', shape, data };
  }
  for (const [part, data] of Object.entries(details.standardisation ?? {})) {
    checkStandardisation(part, data, sampleWidth(model));
    tensors[`preparation.${part}`] = { dtype: 'F64', shape: [data.length], data };
  }
  for (const [key, tensor] of Object.entries(trainingTensors(model, details.training, details.baseline))) {
    if (Object.hasOwn(tensors, key)) {
      throw new RbmError(
        'ARGUMENT_INVALID',
        `The model has a tensor "${key}", which is the name of one of the training data.`,
      );
    }
    tensors[key] = tensor;
  }
  if (details.image && details.image[0] * details.image[1] !== sampleWidth(model)) {
    throw new RbmError(
      'ARGUMENT_INVALID',
      `image is ${details.image.join(' × ')} pixels; the model has samples of ${sampleWidth(model)} numbers.`,
    );
  }
  const metadata: Record<string, string> = {
    format: FORMAT,
    formatVersion: VERSION,
    library: `@rbm/formats ${packageFile.version}`,
    model: model.kind,
    structure: JSON.stringify(describeStructure(model)),
  };
  if (details.image) metadata.image = JSON.stringify(details.image);
  if (details.preparation) metadata.preparation = JSON.stringify(details.preparation);
  if (details.plugins && Object.keys(details.plugins).length > 0) metadata.plugins = JSON.stringify(details.plugins);
  if (details.training) metadata.training = describeTrainingData(details.training);
  return encodeSafetensors(tensors, metadata);
}

/**
 * The model in a file written by `encodeModel`.
 *
 * @param name Of the file, for error messages.
 * @throws RbmError `FILE_INVALID` for bytes that are no safetensors file or no model, tensors that are missing, left
 * over, of another shape or type than the metadata say, or not finite; `UNSUPPORTED` for a kind of model, layer or interaction that
 * is not known here, with the package that the file says provides it; `NOT_NORMALISABLE` or `SIZE_LIMIT` as `checkNormalisable`, and `SIZE_LIMIT` for what would cost more
 * than `limits`. Sizes are compared with the file's length before anything is allocated for them.
 */
export function decodeModel(bytes: Uint8Array, name: string, options: DecodeModelOptions = {}): ModelFile {
  checkBytes('decodeModel', bytes, name);
  checkArguments('decodeModel', options, {
    layers: optional(kinds.record),
    interactions: optional(kinds.record),
    limits: optional(kinds.record),
  });
  const limits = fillLimits(options.limits);
  const { tensors, metadata } = decodeSafetensors(bytes, name, options.limits);
  if (metadata.format !== FORMAT || metadata.formatVersion !== VERSION) {
    throw new RbmError(
      'FILE_INVALID',
      `${name}: the metadata should say format "${FORMAT}", version "${VERSION}", not ` +
        `${quote(String(metadata.format))}, ${quote(String(metadata.formatVersion))}. Is it a model that rbm saved?`,
    );
  }
  const kind = metadata.model ?? '';
  if (!isKnownKind(kind)) {
    throw new RbmError(
      'UNSUPPORTED',
      `${name}: models of kind ${quote(kind)} are not known here, only ${modelKinds.join(', ')}.`,
    );
  }
  const json = (key: string, isValid: (value: unknown) => boolean): unknown =>
    parseMetadata(metadata, key, key === 'structure' ? 'required' : 'optional', limits, name, isValid);
  const structure = json('structure', isStructure) as Structure;
  const plugins = json('plugins', isNames) as ModelDetails['plugins'];
  checkKinds(structure, options, plugins ?? {}, name);
  const model = build(kind, structure, tensors, options, limits, name);
  const standardisation = takeStandardisation(model, tensors, name);
  fillParameters(model, tensors, name);
  checkDistribution(model, options.limits?.work ?? 2e8 + 200 * bytes.length, name);
  const image = json('image', isImageShape) as ImageShape | undefined;
  if (image) checkImage(image, model, sampleWidth(model), name);
  const preparation = json('preparation', isPreparation) as ModelDetails['preparation'];
  const training = readTrainingData(json('training', isRecord), tensors, name);
  const baseline = readBaseline(model, tensors, name);
  return {
    model,
    details: {
      ...(image ? { image } : {}),
      ...(preparation ? { preparation } : {}),
      ...(standardisation ? { standardisation } : {}),
      ...(training ? { training } : {}),
      ...(baseline ? { baseline } : {}),
      ...(plugins ? { plugins } : {}),
    },
    library: metadata.library ?? 'unknown',
  };
}

/** @throws RbmError `UNSUPPORTED` for a kind of layer or interaction that nothing here makes. */
function checkKinds(
  { layers, interactions }: Structure,
  options: DecodeModelOptions,
  plugins: Readonly<Record<string, string>>,
  name: string,
): void {
  const refuse = (what: string, known: readonly string[], { kind }: { readonly kind: string }): never => {
    const from = Object.hasOwn(plugins, kind)
      ? ` The file says that package ${quote(plugins[kind] as string)} provides it.`
      : '';
    throw new RbmError(
      'UNSUPPORTED',
      `${name}: ${what} of kind ${quote(kind)} are not known here, only ${known.join(', ')}.${from}`,
    );
  };
  const knownLayers = Object.keys({ ...options.layers, ...ownLayers });
  const layer = layers.find(({ kind }) => !knownLayers.includes(kind));
  if (layer) refuse('layers', knownLayers, layer);
  const others = Object.keys(options.interactions ?? {});
  const interaction = interactions.find((entry) => 'settings' in entry && !others.includes(entry.kind));
  if (interaction) refuse('interactions', ['dense', 'symmetric', 'sparse', ...others], interaction);
}

function build(
  kind: string,
  structure: Structure,
  tensors: Readonly<Record<string, Tensor>>,
  options: DecodeModelOptions,
  limits: FullFileLimits,
  name: string,
): EnergyModel {
  const { layers, constant } = structure;
  const factories: Readonly<Record<string, LayerFactory>> = { ...options.layers, ...ownLayers };
  try {
    checkDeclaredSizes(structure, tensors, ownLayers, limits, name);
    const made = layers.map(({ kind: of, units, settings }) => (factories[of] as LayerFactory)(units, settings));
    const interactions = readInteractions(structure, made, options.interactions ?? {}, tensors, name);
    checkInteractionSizes(interactions, made, tensors, name);
    return createModel({
      kind,
      layers: layers.map((layer, l) => ({ name: layer.name, layer: made[l] as Layer, visible: layer.visible })),
      interactions,
      blocks: readBlocks(structure, tensors, name),
      constant,
    });
  } catch (cause) {
    if (RbmError.isInstance(cause) && (cause.code === 'FILE_INVALID' || cause.code === 'SIZE_LIMIT')) throw cause;
    throw new RbmError('FILE_INVALID', `${name}: the metadata "structure" describe no model.`, { cause });
  }
}

/** The tensors that belong to no parameter. */
const standardisationTensors = ['preparation.mean', 'preparation.scale'] as const;

function takeStandardisation(
  model: EnergyModel,
  tensors: Readonly<Record<string, Tensor>>,
  name: string,
): ModelDetails['standardisation'] {
  if (!standardisationTensors.some((tensor) => Object.hasOwn(tensors, tensor))) return undefined;
  const [mean, scale] = standardisationTensors.map((key) => {
    const tensor = Object.hasOwn(tensors, key) ? tensors[key] : undefined;
    try {
      if (tensor?.dtype !== 'F64' || tensor.shape.length !== 1) throw new Error('It is not F64 with one axis.');
      checkStandardisation(key.slice('preparation.'.length), tensor.data as Float64Array, sampleWidth(model));
    } catch (cause) {
      throw new RbmError(
        'FILE_INVALID',
        `${name}: the tensor "${key}" should be F64 of shape [${sampleWidth(model)}], finite${key.endsWith('scale') ? ' and positive' : ''}.`,
        { cause },
      );
    }
    return tensor.data as Float64Array;
  }) as [Float64Array, Float64Array];
  return { mean, scale };
}

function checkStandardisation(part: string, data: Float64Array, width: number): void {
  const bad = data.findIndex((x) => !Number.isFinite(x) || (part === 'scale' && x <= 0));
  if (data.length === width && bad < 0) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `The ${part} of a standardisation should be ${width} ${part === 'scale' ? 'positive' : 'finite'} numbers, ` +
      `not ${data.length}${bad < 0 ? '' : ` with ${data[bad]} at ${bad}`}.`,
  );
}

function fillParameters(model: EnergyModel, tensors: Readonly<Record<string, Tensor>>, name: string): void {
  const left = new Set(Object.keys(tensors));
  const extras = [...standardisationTensors, ...Object.keys(structureTensors(model)), ...trainingTensorNames(model)];
  for (const extra of extras) left.delete(extra);
  for (const { name: array, shape, offset, minimum } of model.layout.arrays) {
    left.delete(array);
    const tensor = expectTensor(tensors, array, shape, name);
    // A parameter at its minimum may have been rounded to a float32 below it.
    const least = Math.fround(minimum);
    const bad = tensor.data.findIndex((x) => !Number.isFinite(Math.fround(x)) || x < least);
    if (bad >= 0) {
      throw new RbmError('FILE_INVALID', `${name}: number ${bad} of the tensor "${array}" is ${tensor.data[bad]}.`);
    }
    model.parameters.set(tensor.data, offset);
  }
  if (left.size > 0) {
    throw new RbmError(
      'FILE_INVALID',
      `${name}: a ${model.kind} has no tensor ${[...left].slice(0, 8).map(quote).join(', ')}${left.size > 8 ? ', …' : ''}.`,
    );
  }
}

/** A file may hold any numbers; those without a distribution would still be sampled from. */
function checkDistribution(model: EnergyModel, work: number, name: string): void {
  try {
    checkNormalisable(model, model.parameters, { work });
  } catch (error) {
    if (!RbmError.isInstance(error)) throw error;
    throw new RbmError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}

function isPreparation(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.values(value).every((x) => typeof x === 'string' || typeof x === 'boolean' || Number.isFinite(x)) &&
    isSplit(value)
  );
}

/** Which rows were held out: a share of them, and the seed that drew them. */
function isSplit({ testFraction, splitSeed }: Record<string, unknown>): boolean {
  if (testFraction === undefined) return splitSeed === undefined;
  const isShare = typeof testFraction === 'number' && testFraction > 0 && testFraction < 1;
  return isShare && Number.isSafeInteger(splitSeed) && (splitSeed as number) >= 0;
}

/** Names of packages by kind. */
function isNames(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((x) => typeof x === 'string');
}

function isImageShape(value: unknown): boolean {
  return isIndices(value) && (value as number[]).length === 2 && !(value as number[]).includes(0);
}

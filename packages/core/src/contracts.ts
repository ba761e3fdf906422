export { throwIfAborted } from './contracts/abort.js';
export {
  type ArgumentKind,
  argumentKinds,
  checkArgument,
  checkArguments,
  listOf,
  type NoOptions,
  oneOf,
  optional,
} from './contracts/arguments.js';
export type {
  Assignment,
  Backend,
  BackendCapabilities,
  BackendMemory,
  Buffer,
  BufferSpec,
  Inputs,
  LayerAssignment,
  Program,
  ScaledRows,
  Site,
  StatisticsTerm,
  Target,
} from './contracts/backend.js';
export { Catalog, type CatalogEntry } from './contracts/catalog.js';
export type { LoadOptions } from './contracts/dataset.js';
export type {
  Batch,
  Estimate,
  EstimatedPhases,
  Estimation,
  EstimatorSnapshot,
  EstimatorState,
  GradientEstimator,
  Monitor,
  MonitorContext,
  NegativePhase,
  PureNegativePhase,
} from './contracts/estimator.js';
export { type Optimizer, projectConstraints, type UpdateSettings } from './contracts/optimizer.js';
export {
  checkOptions,
  type NumberRange,
  nearestName,
  type OptionSpec,
  type OptionSpecs,
  type OptionsOf,
  type OptionValue,
  type OptionValues,
} from './contracts/options.js';
export {
  type AcceptedVersions,
  definePlugin,
  type Factory,
  type FactoryContext,
  type InteractionPlace,
  type NamedOptions,
  type Plugin,
  type PluginDefinition,
  type PluginOptions,
  type Provided,
  type ProvidedKind,
  specVersions,
  type TypedFactories,
} from './contracts/plugin.js';
export type {
  ChainSnapshot,
  ChainState,
  Kernel,
  KernelInfo,
  Position,
  Sampler,
  SamplerSettings,
  StepOptions,
} from './contracts/sampler.js';
export {
  isSource,
  type OpenSource,
  type Source,
  type SourceNumbers,
  type SourceRows,
  sourceRows,
} from './contracts/source.js';
export type {
  ModelStructure,
  PhaseDescription,
  PlainSettings,
  TrainingDescription,
  TrainingSnapshot,
} from './contracts/training-snapshot.js';
export { type CheckedRows, DeviceBackend } from './device/device-backend.js';
export { type BufferProgram, DeviceBuffer } from './device/device-buffer.js';
export { type CheckedTerm, DeviceProgram } from './device/device-program.js';
export type { HostMirror, HostWork, Transfers } from './device/host-fallback.js';
export { type Draws, type Layer, type LayerParameter, rowLength, type UnboundedUnits } from './layers/layer.js';
export {
  areJoined,
  type DenseInteraction,
  type FreeInteraction,
  type Interaction,
  type InteractionParameter,
  isPairwise,
  joinedLayers,
  type OpenInteraction,
  type PairInteraction,
  type SparseInteraction,
  type SymmetricInteraction,
} from './models/interaction.js';
export type { Layout, ParameterArray, Range } from './models/layout.js';
export { firstBlockLayers, interactingLayers, layerParameters, layerParametersLength } from './models/model.js';
export { type Entries, listEntries, listNeighbours, type Neighbours } from './models/pairs.js';
export { listPairs } from './models/structure.js';
export { toFloat64 } from './numbers/arrays.js';
export { Pacer } from './numbers/pause.js';
export {
  builtInOptimizer,
  type Centring,
  type OptimizerKind,
  type OptimizerSettings,
} from './optimizers/built-in-optimizer.js';
export { type CentredCoordinates, centredCoordinates, fieldsOf, hasFields } from './optimizers/centred-coordinates.js';
export type { GradientSettings } from './optimizers/gradient-settings.js';
export { bufferLength } from './programs/buffer-length.js';
export { Chains, loadChains, startChains } from './programs/chains.js';
export { FirstBlock } from './programs/first-block.js';
export { assignedBuffers, type Mirror, mirrorAssignment, mirrorInputs, mirrorTarget } from './programs/mirror.js';
export { type CheckedEntry, type CheckedInputs, type CheckedTarget, Operands, rowsOf } from './programs/operands.js';
export { hasWeightedBase, receiveInputs } from './programs/receive.js';
export { checkExchange, checkGather, checkLogRatios } from './programs/rows.js';
export { readMeans, refuseSharing, type Sweep, sweepKernel } from './programs/sweep-kernel.js';
export { wordToUniform } from './random/generator.js';
export { philox4x32 } from './random/philox.js';

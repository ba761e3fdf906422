export { type AbortSignalLike, throwIfAborted } from './contracts/abort.js';
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
export type { Dataset, ImageShape, LoadOptions, SampleArray, Samples } from './contracts/dataset.js';
export { type ErrorCode, errorCodes, RbmError } from './contracts/errors.js';
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
} from './contracts/estimator.js';
export { type Optimizer, projectConstraints, type UpdateSettings } from './contracts/optimizer.js';
export {
  checkOptions,
  type NumberRange,
  nearestName,
  type OptionSpec,
  type OptionSpecs,
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
  type PluginOptions,
  type Provided,
  type ProvidedKind,
  specVersions,
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
export { type Empirical, empirical, empiricalLogProbability, entropy, sampleEmpirical } from './exact/empirical.js';
export { type EnumerateOptions, enumerate } from './exact/enumerate.js';
export { statesToEnumerate } from './exact/enumeration-plan.js';
export type { Exact } from './exact/exact.js';
export { exactGradient, type Phases } from './exact/exact-gradient.js';
export { cost, klDivergence, logLikelihood, logProbability } from './exact/likelihood.js';
export { type Distribution, visibleDistribution } from './exact/visible-distribution.js';
export { bernoulli } from './layers/bernoulli.js';
export { binomial } from './layers/binomial.js';
export { gaussian } from './layers/gaussian.js';
export { type Draws, type Layer, type LayerParameter, rowLength, type UnboundedUnits } from './layers/layer.js';
export { potts } from './layers/potts.js';
export { relu } from './layers/relu.js';
export { spin } from './layers/spin.js';
export { type BoltzmannMachineOptions, boltzmannMachine, type Values } from './models/boltzmann-machine.js';
export { colour } from './models/colouring.js';
export { type ConditionedModel, condition } from './models/condition.js';
export { createModel, type ModelDescription } from './models/create-model.js';
export { type DeepBoltzmannMachineOptions, deepBoltzmannMachine } from './models/deep-boltzmann-machine.js';
export { type EffectiveCouplingsOptions, effectiveCouplings } from './models/effective-couplings.js';
export {
  conditionalLogProbability,
  conditionalMean,
  energy,
  freeEnergy,
  hasTractableHiddenLayers,
  inputs,
  type LayerValues,
  preactivation,
  splitVisible,
  statistics,
} from './models/energy.js';
export { fitVisible } from './models/fit.js';
export { couplingMatrix, type HopfieldOptions, hopfield } from './models/hopfield.js';
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
export { type IsingOptions, ising } from './models/ising.js';
export { latticeEdges } from './models/lattice.js';
export type { Layout, ParameterArray, Range } from './models/layout.js';
export {
  type Block,
  type BlockPart,
  cloneModel,
  type EnergyModel,
  firstBlockLayers,
  hiddenLayers,
  interactingLayers,
  layerIndex,
  layerParameters,
  layerParametersLength,
  parameter,
  sampleWidth,
} from './models/model.js';
export { checkNormalisable } from './models/normalisable.js';
export { type Entries, listEntries, listNeighbours, type Neighbours } from './models/pairs.js';
export { independent, type RbmOptions, rbm } from './models/rbm.js';
export { type SmoothedEmpiricalOptions, smoothedEmpirical } from './models/smoothed-empirical.js';
export { listPairs } from './models/structure.js';
export { atTemperature } from './models/temperature.js';
export { visibleValues } from './models/visible-values.js';
export { toFloat64 } from './numbers/arrays.js';
export { logit, logSumExp, meanAndStandardError, sigmoid, softplus } from './numbers/numerics.js';
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
export { type Generator, generator, permutation, wordToUniform } from './random/generator.js';
export { philox4x32 } from './random/philox.js';
export { reference } from './reference/backend.js';

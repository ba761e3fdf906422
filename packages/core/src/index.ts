export { type AbortSignalLike, throwIfAborted } from './abort.js';
export { toFloat64 } from './arrays.js';
export type {
  Assignment,
  Backend,
  BackendCapabilities,
  BackendMemory,
  Buffer,
  BufferSpec,
  LayerAssignment,
  Path,
  Program,
  RowsTarget,
  Site,
  StatisticsTerm,
} from './backend.js';
export { type BoltzmannMachineOptions, boltzmannMachine, type Values } from './boltzmann-machine.js';
export { Chains, loadChains, startChains } from './chains.js';
export { colour } from './colouring.js';
export { type ConditionedModel, condition } from './condition.js';
export type { Dataset, ImageShape, LoadOptions, SampleArray, Samples } from './dataset.js';
export { type EffectiveCouplingsOptions, effectiveCouplings } from './effective-couplings.js';
export { type Empirical, empirical, empiricalLogProbability, entropy, sampleEmpirical } from './empirical.js';
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
} from './energy.js';
export { type ErrorCode, errorCodes, RbmError } from './errors.js';
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
} from './estimator.js';
export {
  cost,
  type Distribution,
  type EnumerateOptions,
  type Exact,
  enumerate,
  exactGradient,
  klDivergence,
  logLikelihood,
  logProbability,
  type Phases,
  statesToEnumerate,
  visibleDistribution,
} from './exact.js';
export { fitVisible } from './fit.js';
export { type Generator, generator, permutation, wordToUniform } from './generator.js';
export { couplingMatrix, type HopfieldOptions, hopfield } from './hopfield.js';
export { type IsingOptions, ising } from './ising.js';
export { latticeEdges } from './lattice.js';
export { type Draws, type Layer, type LayerParameter, rowLength, type UnboundedUnits } from './layer.js';
export { bernoulli } from './layers/bernoulli.js';
export { binomial } from './layers/binomial.js';
export { gaussian } from './layers/gaussian.js';
export { potts } from './layers/potts.js';
export { relu } from './layers/relu.js';
export { spin } from './layers/spin.js';
export {
  type Block,
  type BlockPart,
  cloneModel,
  createModel,
  type DenseInteraction,
  type EnergyModel,
  firstBlockLayers,
  hiddenLayers,
  type Interaction,
  type Layout,
  layerIndex,
  layerParameters,
  type ModelDescription,
  type ParameterArray,
  parameter,
  type Range,
  type SparseInteraction,
  type SymmetricInteraction,
  sampleWidth,
} from './model.js';
export { checkNormalisable } from './normalisable.js';
export { logit, logSumExp, meanAndStandardError, sigmoid, softplus } from './numerics.js';
export { type CheckedEntry, Operands, rowsOf } from './operands.js';
export { type Optimizer, projectConstraints, type UpdateSettings } from './optimizer.js';
export {
  checkOptions,
  type NumberRange,
  nearestName,
  type OptionSpec,
  type OptionSpecs,
  type OptionValue,
  type OptionValues,
} from './options.js';
export { type Entries, listEntries, listNeighbours, type Neighbours } from './pairs.js';
export { Pacer } from './pause.js';
export { philox4x32 } from './philox.js';
export {
  Catalog,
  type CatalogEntry,
  definePlugin,
  type Factory,
  type FactoryContext,
  type NamedOptions,
  type Plugin,
  type PluginOptions,
  type Provided,
  type ProvidedKind,
  specVersions,
} from './plugin.js';
export { independent, type RbmOptions, rbm } from './rbm.js';
export { reference } from './reference/backend.js';
export type {
  ChainSnapshot,
  ChainState,
  Kernel,
  KernelInfo,
  Position,
  Sampler,
  StepOptions,
} from './sampler.js';
export { type SmoothedEmpiricalOptions, smoothedEmpirical } from './smoothed-empirical.js';
export { readInputs, type Sweep, sweepKernel } from './sweep-kernel.js';
export { atTemperature } from './temperature.js';

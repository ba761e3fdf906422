export type { AbortSignalLike } from './contracts/abort.js';
export type { Dataset, ImageShape, SampleArray, Samples } from './contracts/dataset.js';
export { type ErrorCode, errorCodes, RbmError } from './contracts/errors.js';
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
export { type IsingOptions, ising } from './models/ising.js';
export { latticeEdges } from './models/lattice.js';
export {
  type Block,
  type BlockPart,
  cloneModel,
  type EnergyModel,
  hiddenLayers,
  layerIndex,
  parameter,
  sampleWidth,
} from './models/model.js';
export { checkNormalisable } from './models/normalisable.js';
export { independent, type RbmOptions, rbm } from './models/rbm.js';
export { type SmoothedEmpiricalOptions, smoothedEmpirical } from './models/smoothed-empirical.js';
export { atTemperature } from './models/temperature.js';
export { visibleValues } from './models/visible-values.js';
export { logit, logSumExp, meanAndStandardError, sigmoid, softplus } from './numbers/numerics.js';
export { type Generator, generator, permutation } from './random/generator.js';
export { reference } from './reference/backend.js';

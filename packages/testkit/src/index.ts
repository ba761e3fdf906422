export { type BackendCheckOptions, backendChecks, backendSuite } from './backend-suite.js';
export type { UnitKind } from './backends/subject.js';
export { Branches } from './branches.js';
export { errorsInStandardErrors, type JudgedEstimate, rootMeanSquareOfErrors } from './calibration.js';
export { type DatasetCheckOptions, datasetChecks, datasetSuite } from './dataset-suite.js';
export { type DriftCheck, type DriftOptions, type DriftReport, noDrift } from './drift.js';
export { type EstimatorCheckOptions, estimatorChecks, estimatorSuite } from './estimator-suite.js';
export type { EstimatorCost, SmallData } from './estimators/subject.js';
export { type JointDistribution, jointDistribution } from './joint.js';
export { type LayerCheckOptions, layerChecks, layerSuite } from './layer-suite.js';
export type { LayerFactory } from './layers/subject.js';
export { type ModelCheckOptions, modelChecks, modelSuite } from './model-suite.js';
export {
  type Factor,
  type ProductOptions,
  type ProductTerm,
  productInteraction,
} from './models/product-interaction.js';
export type { Configuration } from './models/subject.js';
export { type RandomDeepOptions, type RandomRbmOptions, randomDeepBoltzmannMachine, randomRbm } from './models.js';
export { type MonitorCheckOptions, monitorChecks, monitorSuite } from './monitor-suite.js';
export type { ExpectedNumbers } from './monitors/subject.js';
export { type OptimizerCheckOptions, optimizerChecks, optimizerSuite } from './optimizer-suite.js';
export type { OptimizerRule } from './optimizers/subject.js';
export { override } from './override.js';
export type { PaceOptions } from './pace.js';
export { type SamplerCheckOptions, samplerChecks, samplerSuite } from './sampler-suite.js';
export type { AuxiliaryVariables, ExtendedState } from './samplers/check-auxiliary.js';
export { type Check, collectFailures, type RegisterGroup, type RegisterTest, type Runner } from './suite.js';
export { type Noise, totalVariation, totalVariationNoise } from './total-variation.js';
export {
  detailedBalanceError,
  isIrreducible,
  stationaryError,
  type TransitionMatrix,
  type TransitionOptions,
  transitionMatrix,
} from './transition.js';

export {
  type AnnealingOptions,
  annealedImportanceSampling,
  type PartitionEstimate,
} from './annealed-importance-sampling.js';
export {
  type AutocorrelationOptions,
  type AutocorrelationTime,
  autocorrelation,
  type ChainMean,
  chainMean,
  integratedAutocorrelationTime,
  measureAutocorrelation,
} from './autocorrelation.js';
export { baseRates } from './base.js';
export {
  type BennettEstimate,
  type BennettOptions,
  bennettAcceptanceRatio,
  type Verdict,
} from './bennett-acceptance-ratio.js';
export { gibbs } from './gibbs.js';
export { type Novelty, type NoveltyOptions, novelty, type SampleMean } from './novelty.js';
export { type DrawnSamples, type SampleOptions, type SampleResult, sample } from './sample.js';
export { type TemperOptions, temper } from './tempering.js';

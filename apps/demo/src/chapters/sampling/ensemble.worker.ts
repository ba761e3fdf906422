import { expose } from 'comlink';
import { Ensemble, type EnsembleReport, type RunSettings } from './ensemble.js';

let ensemble: Ensemble | undefined;

const sampling = {
  /** Begins a run; the one before is over. */
  async begin(settings: RunSettings): Promise<EnsembleReport> {
    void ensemble?.close();
    ensemble = await Ensemble.start(settings);
    return ensemble.report();
  },
  async advance(sweeps: number): Promise<EnsembleReport | undefined> {
    return ensemble?.advance(sweeps);
  },
};

/** What the worker of this chapter does. */
export type Sampling = typeof sampling;

expose(sampling);

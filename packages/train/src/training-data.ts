import { type EnergyModel, RbmError, type Samples } from '@rbm/core';
import { isSource, type Layer } from '@rbm/core/contracts';
import { checkData, type DataKinds } from './data.js';
import { isStream, type SampleStream, streamSamples } from './stream.js';
import type { TrainOptions } from './train.js';

/** What a training is on: samples in memory, or a source that was checked. */
export type TrainingData = Samples | SampleStream;

/** Options of a training whose source, if it has one, was read once. */
export type OpenTrainOptions = Omit<TrainOptions, 'data'> & { readonly data: TrainingData };

/** Checks the data, and reads a source for that. @throws as `train` */
export async function openData(
  options: TrainOptions,
): Promise<{ readonly open: OpenTrainOptions; readonly kinds: DataKinds }> {
  const { model, data, signal } = options;
  if (isSource(data)) {
    const stream = await streamSamples(data, { model, ...(signal ? { signal } : {}) });
    return { open: { ...options, data: stream }, kinds: stream.kinds };
  }
  if (!isStream(data)) return { open: { ...options, data }, kinds: checkData(model, data, 'training') };
  checkLayers(model, data);
  return { open: { ...options, data }, kinds: data.kinds };
}

/** @throws RbmError `ARGUMENT_INVALID` for a source that was not read yet. */
export function withOpenData<T extends TrainOptions>(options: T): T & OpenTrainOptions {
  const { data } = options;
  if (!isSource(data)) return { ...options, data };
  throw new RbmError(
    'ARGUMENT_INVALID',
    `${data.name} is a source that was not read yet. Give what streamSamples makes of it, to both resumeChanges and train.`,
  );
}

function checkLayers(model: EnergyModel, { layers, source }: SampleStream): void {
  const visible = model.visible.map((l) => model.layers[l] as Layer);
  const same = (a: Layer, b: Layer | undefined): boolean =>
    a === b || (a.kind === b?.kind && a.units === b.units && JSON.stringify(a.settings) === JSON.stringify(b.settings));
  if (visible.length === layers.length && visible.every((layer, v) => same(layer, layers[v]))) return;
  throw new RbmError(
    'ARGUMENT_INVALID',
    `${source.name} was checked for other visible layers than those of this model. Call streamSamples with the model.`,
  );
}

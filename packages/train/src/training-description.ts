import type { EnergyModel } from '@rbm/core';
import {
  type GradientEstimator,
  isPairwise,
  type ModelStructure,
  type PlainSettings,
  type TrainingDescription,
} from '@rbm/core/contracts';
import { checksumOf } from './checksum.js';
import type { PlannedPhase } from './phase.js';
import { isStream } from './stream.js';
import type { OpenTrainOptions, TrainingData } from './training-data.js';

/** What snapshots of a training say that it is. Reads all samples once, for their checksum. */
export function describeTraining(
  { model, data, optimizer, random, backend }: OpenTrainOptions,
  phases: readonly PlannedPhase[],
): TrainingDescription {
  return {
    model: describeModel(model),
    data: describeData(data),
    optimizer: { kind: optimizer.kind, slots: [...optimizer.slots], settings: plain(optimizer.settings) },
    phases: phases.map(({ estimator, goesOn, rate, batch, epochs, average }) => ({
      estimator: estimator.name,
      settings: settingsOf(estimator, batch),
      goesOn,
      rate,
      batch,
      epochs,
      average,
    })),
    key: [...random.key],
    backend: backend.name,
  };
}

function describeModel(model: EnergyModel): ModelStructure {
  const edges = model.interactions.flatMap((interaction) =>
    isPairwise(interaction)
      ? 'edges' in interaction
        ? [interaction.edges]
        : []
      : Object.values(interaction.indices ?? {}),
  );
  const blocks = model.blocks.flatMap((block) => block.map(({ layer, units }) => [layer, ...(units ?? [])]));
  return {
    kind: model.kind,
    layers: model.layers.map(({ kind, units, settings }, l) => ({
      name: model.names[l] as string,
      kind,
      units,
      settings: plain(settings),
      visible: model.visible.includes(l),
    })),
    interactions: model.interactions.map((interaction) => ({
      name: interaction.name,
      kind: interaction.kind,
      between: [...interaction.between],
      ...(isPairwise(interaction) ? {} : { settings: plain(interaction.settings ?? {}) }),
    })),
    arrays: model.layout.arrays.map(({ name, shape }) => ({ name, shape: [...shape] })),
    checksum: checksumOf(...edges, ...blocks, [model.constant]),
  };
}

function describeData(data: TrainingData): TrainingDescription['data'] {
  const { count, width } = data;
  if (isStream(data)) {
    return { count, width, checksum: data.checksum, blocks: { rows: data.blockRows, window: data.windowBlocks } };
  }
  const { values, weights } = data;
  return { count, width, checksum: checksumOf(values, weights ?? []) };
}

/** The settings of an estimator, with as many chains as samples in a batch where it has its own and none are set. */
function settingsOf({ settings, capabilities }: GradientEstimator, batch: number): PlainSettings {
  const asInBatch = capabilities?.negativePhase?.over === 'persistent chains' && settings.chains === undefined;
  return { ...plain(settings), ...(asInBatch ? { chains: batch } : {}) };
}

function plain(settings: Readonly<Record<string, number | string | boolean>>): PlainSettings {
  const entries = Object.entries(settings).map(
    ([name, value]) => [name, isPlain(value) ? value : String(value)] as const,
  );
  return Object.fromEntries(entries);
}

function isPlain(value: number | string | boolean): value is number | string {
  return typeof value === 'string' || Number.isFinite(value);
}

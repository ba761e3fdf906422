import type { TrainingDescription } from '@rbm/core/contracts';
import { isIndices, isRecord } from './structure.js';

/** Whether metadata describe a training: a value from a file, of which nothing is known. */
export function isTraining(value: unknown): value is TrainingDescription {
  if (!isRecord(value)) return false;
  const { model, data, optimizer, phases, key, backend } = value;
  return (
    isModel(model) &&
    isRecord(data) &&
    isIndices([data.count, data.width]) &&
    typeof data.checksum === 'string' &&
    (data.blocks === undefined || (isRecord(data.blocks) && isIndices([data.blocks.rows, data.blocks.window]))) &&
    isRecord(optimizer) &&
    typeof optimizer.kind === 'string' &&
    isListOf(optimizer.slots, (slot) => typeof slot === 'string') &&
    isSettings(optimizer.settings) &&
    isListOf(phases, isPhase) &&
    (phases as unknown[]).length > 0 &&
    isIndices(key) &&
    (key as number[]).length === 2 &&
    typeof backend === 'string'
  );
}

function isModel(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { kind, layers, interactions, arrays, checksum } = value;
  return (
    typeof kind === 'string' &&
    isListOf(layers, isLayer) &&
    isListOf(interactions, isInteraction) &&
    isListOf(arrays, isArray) &&
    typeof checksum === 'string'
  );
}

function isLayer(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.kind === 'string' &&
    isIndices([value.units]) &&
    isSettings(value.settings) &&
    typeof value.visible === 'boolean'
  );
}

function isInteraction(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.name === 'string' &&
    typeof value.kind === 'string' &&
    isIndices(value.between) &&
    (value.settings === undefined || isSettings(value.settings))
  );
}

function isArray(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string' && isIndices(value.shape);
}

function isPhase(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { estimator, settings, goesOn, rate, batch, epochs, average } = value;
  return (
    typeof estimator === 'string' &&
    isSettings(settings) &&
    typeof goesOn === 'boolean' &&
    (Number.isFinite(rate) || (isRecord(rate) && Number.isFinite(rate.from) && Number.isFinite(rate.to))) &&
    isIndices([batch]) &&
    Number.isFinite(epochs) &&
    typeof average === 'boolean'
  );
}

function isSettings(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((x) => typeof x === 'string' || Number.isFinite(x));
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

import { RbmError } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/core/contracts';
import { decodeSnapshot, encodeSnapshot } from '@rbm/formats';
import type { Fingerprint } from './fingerprint.js';
import { isChange, type RunChange } from './run-change.js';
import type { RunFolder } from './run-folder.js';

/** All that a training of `rbm train` needs to go on as if it had never stopped. */
export interface Checkpoint extends RunRecord {
  readonly snapshot: TrainingSnapshot;
  /** The lines of metrics.jsonl so far. */
  readonly metrics: readonly string[];
}

/** What a checkpoint keeps beside the snapshot, as JSON. */
interface RunRecord {
  /** The options of the command line. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Times each sample was seen so far. */
  readonly epoch: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** When it was started. */
  readonly started: string;
  /** What the training depends on beside its settings. */
  readonly fingerprint: Fingerprint;
  /** Options that were changed on the way. */
  readonly changes: readonly RunChange[];
}

/** The file, in the folder of the run. */
export const CHECKPOINT = 'checkpoint.safetensors';
/** The one before it. */
export const PREVIOUS_CHECKPOINT = 'checkpoint.previous.safetensors';
/** What earlier versions wrote. */
const EARLIER = ['checkpoint.bin', 'checkpoint.previous.bin'];

/** A checkpoint as the bytes of a snapshot file. */
export function encodeCheckpoint({ snapshot, metrics, ...run }: Checkpoint): Uint8Array {
  return encodeSnapshot(snapshot, { run: JSON.stringify(run), metrics: metrics.join('\n') });
}

/** @throws RbmError `FILE_INVALID` for a file of another kind or version, or one of whose bits has changed. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const { snapshot, notes } = decodeSnapshot(bytes, path);
  let run: unknown;
  try {
    run = JSON.parse(notes.run ?? '');
  } catch {
    run = undefined;
  }
  if (!isRunRecord(run)) {
    throw new RbmError('FILE_INVALID', `${path} is a snapshot that rbm train did not write: it says nothing of a run.`);
  }
  return { snapshot, ...run, metrics: (notes.metrics ?? '').split('\n').filter((line) => line !== '') };
}

function isRunRecord(value: unknown): value is RunRecord {
  if (!isObject(value)) return false;
  const { settings, epoch, seconds, started, fingerprint, changes } = value;
  return (
    isObject(settings) &&
    Number.isFinite(epoch) &&
    Number.isFinite(seconds) &&
    typeof started === 'string' &&
    isObject(fingerprint) &&
    ['data', 'plugins', 'version'].every((part) => typeof fingerprint[part] === 'string') &&
    Array.isArray(changes) &&
    changes.every(isChange)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Replaces the checkpoint of a run, and keeps the one before: at any moment at least one of the two is complete. */
export async function saveCheckpoint(folder: RunFolder, checkpoint: Checkpoint): Promise<void> {
  await folder.rename(CHECKPOINT, PREVIOUS_CHECKPOINT);
  await folder.write(CHECKPOINT, encodeCheckpoint(checkpoint));
}

/** Removes all checkpoints of a finished run but the last, from which it can be trained on. */
export async function keepLastCheckpoint(folder: RunFolder): Promise<void> {
  await folder.remove(PREVIOUS_CHECKPOINT);
}

/**
 * The last checkpoint of a run, or the one before it where the last one is damaged or was never completed.
 *
 * @param log Receives a note when the one before is used.
 * @returns undefined for a folder without a checkpoint.
 * @throws RbmError `FILE_INVALID` where there is one and none is intact, or only one of an earlier version.
 */
export async function readCheckpoint(folder: RunFolder, log: (line: string) => void): Promise<Checkpoint | undefined> {
  const path = folder.pathOf(CHECKPOINT);
  const last = await readOne(folder, CHECKPOINT);
  if (last.checkpoint) return last.checkpoint;
  const previous = await readOne(folder, PREVIOUS_CHECKPOINT);
  if (!previous.checkpoint) {
    const damage = last.damage ?? previous.damage;
    if (damage) throw damage;
    await refuseEarlier(folder);
    return undefined;
  }
  const reason = last.damage?.message.split('. ')[0] ?? `There is no ${path}`;
  log(`Note: ${reason}. Going on from the checkpoint before it, at step ${previous.checkpoint.snapshot.step}.`);
  return previous.checkpoint;
}

/** A checkpoint, or why it cannot be used; neither where there is none. */
async function readOne(
  folder: RunFolder,
  name: string,
): Promise<{ readonly checkpoint?: Checkpoint; readonly damage?: Error }> {
  const bytes = await folder.read(name);
  if (bytes === undefined) return {};
  try {
    return { checkpoint: decodeCheckpoint(bytes, folder.pathOf(name)) };
  } catch (error) {
    return { damage: error as Error };
  }
}

/** @throws RbmError `FILE_INVALID` for a checkpoint of an earlier version of rbm. */
async function refuseEarlier(folder: RunFolder): Promise<void> {
  for (const name of EARLIER) {
    if ((await folder.read(name)) === undefined) continue;
    throw new RbmError(
      'FILE_INVALID',
      `${folder.pathOf(name)} is of an earlier version of rbm, which this one cannot resume. Train again: ` +
        `rbm train --again ${folder.path}.`,
    );
  }
}

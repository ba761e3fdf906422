import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { RbmError } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/train';
import type { Fingerprint } from './fingerprint.js';
import type { RunFolder } from './run-folder.js';

/** All that a training of `rbm train` needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** The options of the command line. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly snapshot: TrainingSnapshot;
  /** Times each sample was seen so far. */
  readonly epoch: number;
  /** The lines of metrics.jsonl so far. */
  readonly metrics: readonly string[];
  /** Seconds of training so far. */
  readonly seconds: number;
  /** When it was started. */
  readonly started: string;
  /** What the training depends on beside its settings. */
  readonly fingerprint: Fingerprint;
}

/** The file, in the folder of the run. */
export const CHECKPOINT = 'checkpoint.bin';
/** The one before it. */
export const PREVIOUS_CHECKPOINT = 'checkpoint.previous.bin';

/** The first bytes of the file. The SHA-256 of all that follows it comes next, then the content in V8's own format. */
const MAGIC: Uint8Array = new TextEncoder().encode('rbm checkpoint 2\n');
const DIGEST_BYTES = 32;

/** A checkpoint as the bytes of a file. Later versions of Node read V8's format too. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const content = serialize(checkpoint);
  return Buffer.concat([MAGIC, digest(content), content]);
}

/** @throws RbmError `FILE_INVALID` for a file of another kind, or one of whose bits has changed. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const start = MAGIC.length + DIGEST_BYTES;
  if (bytes.length < start || Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0) {
    throw new RbmError('FILE_INVALID', `${path} is damaged, or not a checkpoint of this version of rbm.`);
  }
  const content = bytes.subarray(start);
  if (Buffer.compare(digest(content), bytes.subarray(MAGIC.length, start)) !== 0) {
    throw new RbmError('FILE_INVALID', `${path} is damaged: its checksum does not match its content.`);
  }
  try {
    return deserialize(content) as Checkpoint;
  } catch (cause) {
    throw new RbmError('FILE_INVALID', `${path} cannot be read by Node ${process.versions.node}.`, { cause });
  }
}

/** Replaces the checkpoint of a run, and keeps the one before: at any moment at least one of the two is complete. */
export async function saveCheckpoint(folder: RunFolder, checkpoint: Checkpoint): Promise<void> {
  await folder.rename(CHECKPOINT, PREVIOUS_CHECKPOINT);
  await folder.write(CHECKPOINT, encodeCheckpoint(checkpoint));
}

/** Removes both checkpoints of a run. */
export async function removeCheckpoints(folder: RunFolder): Promise<void> {
  await folder.remove(CHECKPOINT);
  await folder.remove(PREVIOUS_CHECKPOINT);
}

/**
 * The last checkpoint of a run, or the one before it where the last one is damaged or was never completed.
 *
 * @param log Receives a note when the one before is used.
 * @returns undefined for a folder without a checkpoint.
 * @throws RbmError `FILE_INVALID` where there is one and none is intact.
 */
export async function readCheckpoint(folder: RunFolder, log: (line: string) => void): Promise<Checkpoint | undefined> {
  const path = folder.pathOf(CHECKPOINT);
  const last = await readOne(folder, CHECKPOINT);
  if (last.checkpoint) return last.checkpoint;
  const previous = await readOne(folder, PREVIOUS_CHECKPOINT);
  if (!previous.checkpoint) {
    const damage = last.damage ?? previous.damage;
    if (damage) throw damage;
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

function digest(content: Uint8Array): Uint8Array {
  return createHash('sha256').update(content).digest();
}

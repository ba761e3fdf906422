import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { RbmError } from '@rbm/core';
import type { TrainingSnapshot } from '@rbm/train';

/** All that a training of `rbm train` needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** The options of the command line. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly snapshot: TrainingSnapshot;
  /** The lines of metrics.jsonl so far. */
  readonly metrics: readonly string[];
  /** Seconds of training so far. */
  readonly seconds: number;
  /** When it was started. */
  readonly started: string;
}

/** The file, in the folder of the run. */
export const CHECKPOINT = 'checkpoint.bin';

const FORMAT = 'rbm checkpoint 1';

/** A checkpoint as the bytes of a file: V8's own format, which later versions of Node read too. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return serialize({ format: FORMAT, ...checkpoint });
}

/** @throws RbmError `FILE_NOT_FOUND` for a folder without a checkpoint, `FILE_INVALID` for what is none. */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, CHECKPOINT);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new RbmError(
      'FILE_NOT_FOUND',
      `There is no ${path}. A training leaves one when it is interrupted, and removes it when it is finished.`,
      { cause },
    );
  });
  let found: unknown;
  try {
    found = deserialize(bytes);
  } catch (cause) {
    throw notACheckpoint(path, cause);
  }
  if ((found as { format?: unknown } | null)?.format !== FORMAT) throw notACheckpoint(path);
  return found as Checkpoint;
}

function notACheckpoint(path: string, cause?: unknown): RbmError {
  return new RbmError('FILE_INVALID', `${path} is not a checkpoint of this version of rbm, or it is damaged.`, {
    cause,
  });
}

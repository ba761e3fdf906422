import { createHash } from 'node:crypto';
import { type Dataset, RbmError } from '@rbm/core';
import packageFile from '../package.json' with { type: 'json' };
import { checkShape, type VisibleShape } from './model-match.js';
import type { Pieces } from './pieces.js';
import type { VisibleData } from './visible-data.js';

/** What a training depends on beside the options of its command line. */
export interface Fingerprint {
  /** SHA-256 of the values that the model sees, in hexadecimal. */
  readonly data: string;
  /** The visible units that the data make; absent in checkpoints of earlier versions. */
  readonly visible?: VisibleShape;
  /** The loaded plugins with their versions, and the options of their pieces, as JSON. */
  readonly plugins: string;
  /** Of this program. */
  readonly version: string;
}

/** What `rbm resume --force` can accept a change of. */
export const fingerprintParts = ['data', 'plugins', 'version'] as const;

/** The fingerprint of a training that is about to start. */
/** @param content A hash of data that are not in memory (default: of those that are). */
export function fingerprintOf({ dataset, visible }: VisibleData, pieces: Pieces, content?: string): Fingerprint {
  const { width } = dataset.train;
  const { size = 1 } = visible;
  return {
    data: content ?? hashData(dataset),
    visible: visible.kind === 'potts' ? { units: width / size, categories: size } : { units: width },
    plugins: describePlugins(pieces),
    version: packageFile.version,
  };
}

/**
 * Compares what a training was started with, with what is there now.
 *
 * @param accepted Parts that may differ. The model cannot take data of another width, whatever is accepted.
 * @param name Of the data.
 * @throws RbmError `RUN_CHANGED`, naming each part that differs and how to go on; as `checkShape`
 */
export function checkFingerprint(
  before: Fingerprint,
  now: Fingerprint,
  accepted: readonly string[],
  name: string,
): void {
  if (before.visible && now.visible) checkShape(name, now.visible, before.visible);
  const changed = fingerprintParts.filter((part) => before[part] !== now[part] && !accepted.includes(part));
  if (changed.length === 0) return;
  const described = changed.map((part) =>
    part === 'data'
      ? 'the data have another content'
      : part === 'plugins'
        ? `the plugins or their options were ${before.plugins} and are ${now.plugins}`
        : `rbm was version ${before.version} and is ${now.version}`,
  );
  throw new RbmError(
    'RUN_CHANGED',
    `The run was started with something else: ${described.join('; ')}. Restore it, or accept the change with ` +
      `${changed.map((part) => `--force ${part}`).join(' ')}: the result is then not that of an uninterrupted run.`,
  );
}

function hashData({ train, test }: Dataset): string {
  const hash = createHash('sha256');
  for (const samples of [train, test]) {
    if (!samples) continue;
    const { values, labels, weights, count, width } = samples;
    hash.update(JSON.stringify([count, width, values.constructor.name, Boolean(labels), Boolean(weights)]));
    for (const array of [values, labels, weights]) {
      if (array) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
  }
  return hash.digest('hex');
}

function describePlugins({ config, versions }: Pieces): string {
  return stableJson({ plugins: Object.entries(versions), options: config.options });
}

/** JSON with the keys of each object in order, so that equal options are equal texts. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

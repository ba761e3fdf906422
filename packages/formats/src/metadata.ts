import { RbmError } from '@rbm/core';
import { parseJsonText } from './json-text.js';
import type { FullFileLimits } from './limits.js';

/**
 * A value that stands in the metadata as JSON; undefined where it is absent and may be.
 *
 * @throws RbmError `FILE_INVALID` for what is no JSON, or not valid
 */
export function parseMetadata(
  metadata: Readonly<Record<string, string>>,
  key: string,
  presence: 'required' | 'optional',
  { depth }: FullFileLimits,
  name: string,
  isValid: (value: unknown) => boolean,
): unknown {
  const text = metadata[key];
  if (text === undefined && presence === 'optional') return undefined;
  let value: unknown;
  try {
    value = parseJsonText(text ?? '', depth);
  } catch {
    value = undefined;
  }
  if (isValid(value)) return value;
  throw new RbmError(
    'FILE_INVALID',
    `${name}: the metadata "${key}" do not say what they should: ${text?.slice(0, 200)}`,
  );
}

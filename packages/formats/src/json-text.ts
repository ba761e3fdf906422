import { RbmError } from '@rbm/core';
import { findDuplicateKey } from './json-keys.js';

/**
 * The value of a JSON text from a file: every key once in its object, and nested no deeper than `depth`.
 *
 * @throws SyntaxError for a text that is no JSON; RbmError `FILE_INVALID` for a key twice or a nesting that is too deep
 */
export function parseJsonText(text: string, depth: number): unknown {
  checkDepth(text, depth);
  const value: unknown = JSON.parse(text);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw new RbmError(
      'FILE_INVALID',
      `expected every name once in an object, found ${JSON.stringify(duplicate.slice(0, 80))} twice`,
    );
  }
  return value;
}

/** Before parsing: deep values overflow the stack of whatever walks them later. */
function checkDepth(text: string, most: number): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i++;
      while (i < text.length && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > most) {
        throw new RbmError('FILE_INVALID', `expected JSON nested at most ${most} deep, found more`);
      }
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

import { RbmError } from '@rbm/core';
import { isChange, type RunChange } from './run-change.js';

/** What a training says of itself in `run.json`. */
export interface Description {
  readonly status: string;
  readonly started: string;
  /** The options of the command line, defaults included. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The command line as typed. */
  readonly command?: readonly string[];
  /** Options that were changed on the way, if any were. */
  readonly changes?: readonly RunChange[];
  readonly versions?: { readonly rbm?: string };
}

/** @throws RbmError `FILE_INVALID` */
export function parseDescription(bytes: Uint8Array, path: string): Description {
  try {
    const found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Description> | null;
    const { status, started, settings, command = [], changes = [] } = found ?? {};
    const isCommand = Array.isArray(command) && command.every((part) => typeof part === 'string');
    const isHistory = Array.isArray(changes) && changes.every(isChange);
    if (typeof status === 'string' && typeof started === 'string' && isObject(settings) && isCommand && isHistory) {
      return found as Description;
    }
  } catch {
    // The same error as for what is no description.
  }
  throw new RbmError('FILE_INVALID', `${path} does not describe a training, or it is damaged.`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

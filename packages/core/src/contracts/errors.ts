/**
 * Every code an error of this toolkit can carry, with what it means. Codes are stable: messages may be reworded,
 * codes may not. Third parties use codes of their own with a namespace (`acme/NO_DEVICE`).
 */
export const errorCodes = {
  ARGUMENT_INVALID: 'An argument is of the wrong type, out of range, or contradicts another one.',
  SHAPE_MISMATCH: 'An array does not have the length that its documented shape asks for.',
  NOT_FINITE: 'A NaN or an infinity appeared where only finite numbers make sense.',
  NOT_NORMALISABLE: 'The parameters do not define a probability distribution: the partition function diverges.',
  SIZE_LIMIT: 'The request cannot finish: too many states to enumerate, or too much memory to hold.',
  UNSUPPORTED: 'This piece does not offer what was asked of it.',
  STATE_CONSUMED: 'A chain state was used after a step had taken ownership of it.',
  DISPOSED: 'A buffer, program or backend was used after it had been released.',
  BACKEND_FAILED: 'A backend could not finish an operation that was well formed.',
  ABORTED: 'The caller cancelled the work through its abort signal.',
  DATA_INVALID: 'Data do not fit the model or the request: wrong values, no samples, constant columns.',
  FILE_NOT_FOUND: 'A file that was asked for does not exist or cannot be read.',
  FILE_EXISTS: 'A file or folder that would be overwritten exists already.',
  WRITE_FAILED: 'A file or folder cannot be written: a full or read-only disk, no permission, an impossible name.',
  RUN_IN_USE: 'Another process is writing to the folder of a run.',
  FILE_INVALID: 'The content of a file contradicts its format.',
  RUN_CHANGED:
    'A training cannot go on as another one: its model, data, estimator, seed, plugins, or the version of the program have changed.',
  CHECKSUM_MISMATCH: 'A downloaded file is not the one that was expected.',
  DOWNLOAD_FAILED: 'A file could not be downloaded.',
  OPTION_INVALID: 'An option of a named piece is unknown, missing, of the wrong type, or out of range.',
  PLUGIN_NOT_FOUND: 'A plugin that a config file names cannot be resolved from its folder.',
  PLUGIN_INVALID: 'A plugin, or a piece it made, does not have the shape of its contract.',
  PLUGIN_VERSION: 'A plugin is for another version of a contract.',
  PLUGIN_UNKNOWN: 'No loaded plugin provides a piece of that name.',
  PLUGIN_FAILED: 'The factory of a plugin threw an error, which is the cause.',
  NAME_TAKEN: 'Two plugins provide a piece of the same name.',
} as const;

/** A code of this toolkit, or a namespaced one of a third party. */
export type ErrorCode = keyof typeof errorCodes | `${string}/${string}`;

/** In the registry that all realms and copies share, so that an error is known whichever copy of the package made it. */
const brand: unique symbol = Symbol.for('rbm.error');

/**
 * The one error class of the toolkit. The message says what was given, what was expected and what to do; the code
 * is for programs.
 */
export class RbmError extends Error {
  override readonly name = 'RbmError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether `value` is an `RbmError`, made by this copy of the package or by another one installed beside it. */
  static isInstance(value: unknown): value is RbmError {
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }
}

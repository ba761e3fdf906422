import { writeError } from '@rbm/formats/node';

/**
 * Watches the two streams of the process while a command runs. Standard output has the results: what cannot be written there is
 * an error, except that a reader who closes a pipe (`rbm eval … | head -1`) has what it wants. Standard error has progress
 * and warnings: nothing that happens to it stops the work.
 */
export class Output {
  #failure: NodeJS.ErrnoException | undefined;
  readonly #onFailure = (error: NodeJS.ErrnoException): void => {
    this.#failure ??= error;
  };

  constructor() {
    process.stdout.on('error', this.#onFailure);
    process.stderr.on('error', ignore);
  }

  /** Writes bytes to standard output. */
  static write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      process.stdout.write(bytes, () => resolve());
    });
  }

  /** Waits until the results have left the process. @throws RbmError as `writeError` if they could not be written. */
  async finish(): Promise<void> {
    await Output.write(new Uint8Array(0));
    if (this.#failure && this.#failure.code !== 'EPIPE') throw writeError(this.#failure, 'standard output');
  }

  dispose(): void {
    process.stdout.off('error', this.#onFailure);
    process.stderr.off('error', ignore);
  }
}

function ignore(): void {}

/**
 * Ctrl-C, SIGTERM, or a terminal that is closed (SIGHUP). The first one asks the work at hand to stop, so that it can save what there is; the second one ends
 * the process at once.
 */
export class Interruption {
  readonly #controller: AbortController = new AbortController();
  readonly #listener: () => void;

  constructor() {
    this.#listener = (): void => {
      if (this.happened) process.exit(130);
      this.#controller.abort();
    };
    process.on('SIGINT', this.#listener);
    process.on('SIGTERM', this.#listener);
    process.on('SIGHUP', this.#listener);
  }

  get happened(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Fires at the first interruption. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    process.off('SIGINT', this.#listener);
    process.off('SIGTERM', this.#listener);
    process.off('SIGHUP', this.#listener);
  }
}

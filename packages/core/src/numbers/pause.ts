/** The ways to wait for the event loop that platforms have: core compiles without the types of any. */
interface Platform {
  setImmediate?(callback: () => void): unknown;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: unknown; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
  setTimeout(callback: () => void, milliseconds: number): unknown;
}

/**
 * Lets the event loop turn: pending input, timers and signals are served before the promise resolves. A timer comes last: it takes a
 * millisecond at least, and four in browsers where it is set again and again.
 */
export function pause(): Promise<void> {
  const platform = globalThis as unknown as Platform;
  return new Promise((resolve) => {
    if (platform.setImmediate) platform.setImmediate(resolve);
    else if (platform.MessageChannel) {
      const { port1, port2 } = new platform.MessageChannel();
      port1.onmessage = (): void => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else platform.setTimeout(resolve, 0);
  });
}

/** How long work on the event loop's thread may go on before it pauses, in milliseconds. */
const SLICE = 25;

/** Pauses now and then in long work: call it often, it is cheap. Affects when things happen, never what. */
export class Pacer {
  #last: number = Date.now();

  /** Lets the event loop turn if the slice of time is used up. */
  async breathe(): Promise<void> {
    if (Date.now() - this.#last < SLICE) return;
    await pause();
    this.#last = Date.now();
  }
}

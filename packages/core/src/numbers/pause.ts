/** Lets the event loop turn: pending input, timers and signals are served before the promise resolves. */
export function pause(): Promise<void> {
  // Every platform has setTimeout, but core compiles without the types of any.
  const { setTimeout } = globalThis as unknown as { setTimeout(callback: () => void, milliseconds: number): unknown };
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
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

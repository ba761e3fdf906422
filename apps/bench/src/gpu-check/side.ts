import type { CheckRequest } from './requests.js';

/** Something that answers one request at a time. */
export interface Side {
  ask(request: CheckRequest, part?: (value: unknown) => void): Promise<unknown>;
  /** Ends it at once. */
  kill(): void;
}

/** A line of a side. */
export type Message = { readonly part: unknown } | { readonly result: unknown } | { readonly error: string };

/** The request under way, shared by sides whatever carries their messages. */
export class Pending {
  #resolve: ((result: unknown) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #part: ((value: unknown) => void) | undefined;
  #ended: string | undefined;

  start(part?: (value: unknown) => void): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    this.#part = part;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  receive(message: Message): void {
    if ('part' in message) this.#part?.(message.part);
    else if ('result' in message) this.#resolve?.(message.result);
    else this.#reject?.(new Error(message.error));
  }

  /** The side has ended; what is asked from now on fails. */
  end(why: string): void {
    this.#ended = why;
    this.#reject?.(new Error(why));
  }
}

/** A side that is opened when it is first asked, and again when it has been ended. */
export class Reopened implements Side {
  readonly #start: () => Promise<Side>;
  readonly #first: CheckRequest | undefined;
  #side: Side | undefined;
  /** Counts kills: a side that was still starting when it was killed must not be taken. */
  #kills = 0;

  /** @param first Asked of each side before anything else. */
  constructor(start: () => Promise<Side>, first?: CheckRequest) {
    this.#start = start;
    this.#first = first;
  }

  async ask(request: CheckRequest, part?: (value: unknown) => void): Promise<unknown> {
    const fresh = this.#side === undefined;
    const side = this.#side ?? (await this.#open());
    try {
      if (fresh && this.#first && request.ask !== 'open') await side.ask(this.#first);
      return await side.ask(request, part);
    } catch (error) {
      // Memory that ran out, or a lost device: the next request gets a fresh one.
      if (this.#side === side) this.kill();
      throw error;
    }
  }

  async #open(): Promise<Side> {
    const kills = this.#kills;
    const side = await this.#start();
    if (kills !== this.#kills) {
      side.kill();
      throw new Error('ended while it started');
    }
    this.#side = side;
    return side;
  }

  kill(): void {
    this.#kills++;
    this.#side?.kill();
    this.#side = undefined;
  }
}

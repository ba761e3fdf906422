/** How long a suite may take, and where it tells how far it is. */
export interface PaceOptions {
  /**
   * Seconds that all checks of the suite may take together (default: 60). A check that would go beyond fails, with how far it came
   * and which option makes the suite smaller.
   */
  readonly budget?: number;
  /** Called with one line of text as each check ends. */
  readonly log?: (line: string) => void;
}

/** Seconds that a suite takes at most by default. */
const DEFAULT_BUDGET = 60;

/** The clock of a suite: counts the time of its checks, and ends the one that goes beyond the budget. */
export class Pace {
  readonly #title: string;
  readonly #budget: number;
  readonly #log: ((line: string) => void) | undefined;
  readonly #advice: string;
  #count = 0;
  #done = 0;
  /** Milliseconds of the checks that have ended. */
  #spent = 0;
  #started: number | undefined;
  #check = '';

  /** @param advice The option that makes the suite smaller, in words. */
  constructor(title: string, { budget = DEFAULT_BUDGET, log }: PaceOptions, advice: string) {
    this.#title = title;
    this.#budget = budget;
    this.#log = log;
    this.#advice = advice;
  }

  /** Tells how many checks the suite has. */
  expect(count: number): void {
    this.#count = count;
  }

  /** Runs one check on the clock. */
  async time(check: string, work: () => void | Promise<void>): Promise<void> {
    const started = Date.now();
    this.#check = check;
    this.#started = started;
    try {
      this.reach('its start');
      await work();
    } finally {
      this.#started = undefined;
      const took = Date.now() - started;
      this.#spent += took;
      this.#done += 1;
      this.#log?.(`${this.#title}: ${this.#done} of ${this.#count}, ${check}, ${(took / 1000).toFixed(1)} s`);
    }
  }

  /**
   * Says how far the current check is.
   *
   * @throws Error when the budget is spent.
   */
  reach(where: string): void {
    if (this.#started === undefined) return;
    const seconds = (this.#spent + Date.now() - this.#started) / 1000;
    if (seconds <= this.#budget) return;
    throw new Error(
      `The checks of ${this.#title} have taken ${seconds.toFixed(0)} s; expected at most ${this.#budget} s, the \`budget\`. ` +
        `Check "${this.#check}" was at ${where}, after ${this.#done} of ${this.#count} checks. ${this.#advice}, or give a ` +
        'larger `budget`.',
    );
  }
}

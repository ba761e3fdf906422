import type { Ora } from 'ora';
import { printable } from './printable.js';

// Only where it can draw: loading it takes as long as many a command.
const ora = process.stderr.isTTY ? (await import('ora')).default : undefined;

/** How often a line is printed where there is no terminal to rewrite it on, in seconds. */
const PLAIN_INTERVAL = 10;

/**
 * Tells a person how far the work is, on stderr: one line that changes on a terminal, now and then a plain line
 * elsewhere.
 */
export class Progress {
  readonly #spinner: Ora | undefined;
  readonly #what: string;
  readonly #start: number = performance.now();
  #printed: number = performance.now();

  constructor(what: string) {
    this.#what = what;
    // Reading stdin would take Ctrl-C away from the process.
    this.#spinner = ora?.({ text: what, discardStdin: false }).start();
  }

  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** @param share Of the work done, 0 to 1. @param detail What else is worth seeing. */
  update(share: number, detail = ''): void {
    const left = share > 0 ? (this.seconds / share) * (1 - share) : Number.NaN;
    const time = Number.isFinite(left) ? `, ${duration(left)} left` : '';
    const line = `${this.#what}: ${(100 * share).toFixed(0)} %${detail ? `, ${detail}` : ''}${time}`;
    if (this.#spinner) {
      this.#spinner.text = printable(line);
    } else if (performance.now() - this.#printed > 1000 * PLAIN_INTERVAL) {
      this.#printed = performance.now();
      console.error(line);
    }
  }

  /** A line that stays. */
  note(line: string): void {
    this.#spinner?.clear();
    console.error(line);
    this.#spinner?.render();
  }

  /** Ends with a line that stays. */
  done(line?: string): void {
    this.#spinner?.stop();
    if (line) console.error(line);
  }
}

/** Seconds as a person says them: `4 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

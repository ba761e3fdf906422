/**
 * The loop of one thread of a pool over shared memory. The caller publishes commands into a ring. Each is cut into shares,
 * which the threads claim one after the other, so that none waits long for one that the machine has put aside; then they
 * wait for each other: a short while awake, then asleep. Which thread does a share makes no difference to its numbers.
 */
import {
  ARRIVED,
  CLAIMED,
  COMMAND_BYTES,
  DONE,
  PUBLISHED,
  RING,
  RING_COMMANDS,
  SHARES_AT,
  SIGNAL,
  SLEEPERS,
} from '../src/opcodes';
import { execute } from './interpreter';

/** How often a thread looks before it sleeps: some 20 µs. */
const LOOKS = 6000;

/** Commands that this thread has done. */
let done: i32 = 0;

/** Waits until the word at `at` is no longer `old`. */
function waitWhile(at: usize, old: i32): void {
  for (let look = 0; look < LOOKS; look++) {
    if (atomic.load<i32>(at) != old) return;
  }
  atomic.add<i32>(SLEEPERS, 1);
  while (atomic.load<i32>(at) == old) atomic.wait<i32>(at, old, -1);
  atomic.sub<i32>(SLEEPERS, 1);
}

/** Waits for all threads to arrive; the last one counts the command as done. */
function meet(threads: i32): void {
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.store<i32>(CLAIMED, 0);
    atomic.store<i32>(DONE, done + 1);
    if (atomic.load<i32>(SLEEPERS) != 0) atomic.notify(DONE, -1);
  } else {
    waitWhile(DONE, done);
  }
  done++;
}

/** Works until there is something to tell the caller. @returns The number of a signal. */
export function run(thread: u32, threads: u32): i32 {
  while (true) {
    waitWhile(PUBLISHED, done);
    const command = <usize>RING + <usize>(<u32>done % <u32>RING_COMMANDS) * <usize>COMMAND_BYTES;
    const operation = <u32>load<f64>(command);
    const signal = <i32>load<f64>(command + 8);
    if (operation != SIGNAL) {
      const shares = <u32>load<f64>(command + SHARES_AT);
      while (true) {
        const share = <u32>atomic.add<i32>(CLAIMED, 1);
        if (share >= shares) break;
        execute(command, share, shares, thread);
      }
    }
    meet(threads);
    if (operation == SIGNAL && thread == 0) return signal;
  }
}

/**
 * The loop of one thread of a pool over shared memory. The caller publishes groups of commands into a ring. Small ones are
 * done by thread 0 alone. The others are cut into shares, which the threads claim one after the other, so that none waits
 * long for one that the machine has put aside; then they wait for each other: a short while awake, then asleep. Which thread
 * does a share makes no difference to its numbers.
 *
 * Why no thread waits forever, all atomic operations being in one order:
 *
 * - *The words that are waited for only grow*, and each has one writer at a time: `PUBLISHED` and `SHARED_PUBLISHED` the
 *   caller, to ends of groups, after their commands were written; `DONE` thread 0 for what it does alone, else the last
 *   thread to arrive. Thread 0 goes on only when `DONE` has passed the shared group, so these writes take turns.
 * - *No wake-up is missed.* Who waits counts itself among those asleep, then looks at the word, and `wait` looks once more.
 *   Who writes the word does so first and looks at the count then. Had the writer seen nobody asleep, its write would
 *   precede the count, and so both of the looks.
 * - *All threads take part in each shared group, once.* `DONE` passes it only when all have arrived, so none can have
 *   missed it; one that has arrived waits for `DONE` to change, and then reads anew. The last one to arrive resets
 *   `CLAIMED` and `ARRIVED` before it moves `DONE`, and no thread touches them until it sees `DONE` moved: the others wait
 *   for just that.
 * - *What a helper reads of a group is that group's.* The caller overwrites a slot only when `DONE` has passed it; a helper
 *   that finds `DONE` unchanged after it read has read in time.
 * - *A helper that is ahead* (something shared is published, but not next) waits for `DONE`, which thread 0 moves; one with
 *   nothing to come waits for `SHARED_PUBLISHED`, read before it was found to be behind `DONE`.
 * - *The caller never waits*, but asks for a message: `run` returns the number of a signal after `DONE` has passed it. One
 *   place of the ring is kept free for such a request, so it can always be made.
 */
import {
  ARRIVED,
  CLAIMED,
  COMMAND_BYTES,
  DONE,
  LENGTH_AT,
  PUBLISHED,
  RING,
  RING_COMMANDS,
  SHARED_PUBLISHED,
  SHARES_AT,
  SIGNAL,
} from '../src/opcodes';
import { execute } from './interpreter';

/** How often a thread looks before it sleeps: some 20 µs. */
const LOOKS = 6000;

/** Commands that this thread has done, or need not do. */
let done: i32 = 0;

/** Waits until the word at `at` is no longer `old`. The word after it counts the threads asleep. */
function waitWhile(at: usize, old: i32): void {
  for (let look = 0; look < LOOKS; look++) {
    if (atomic.load<i32>(at) != old) return;
  }
  atomic.add<i32>(at + 4, 1);
  while (atomic.load<i32>(at) == old) atomic.wait<i32>(at, old, -1);
  atomic.sub<i32>(at + 4, 1);
}

function setDone(count: i32): void {
  done = count;
  atomic.store<i32>(DONE, count);
  if (atomic.load<i32>(DONE + 4) != 0) atomic.notify(DONE, -1);
}

// @ts-ignore: decorator
@inline
function commandAt(index: i32): usize {
  return <usize>RING + <usize>(<u32>index % <u32>RING_COMMANDS) * <usize>COMMAND_BYTES;
}

/** A share of the commands of a group, one after the other. */
function executeAll(length: i32, claimed: u32, shares: u32, slot: u32): void {
  for (let n: i32 = 0; n < length; n++) execute(commandAt(done + n), claimed, shares, slot);
}

/** Works on the shared group that is next until all threads have finished with it. */
function share(length: i32, shares: u32, thread: u32, threads: u32): void {
  while (true) {
    const claimed = <u32>atomic.add<i32>(CLAIMED, 1);
    if (claimed >= shares) break;
    executeAll(length, claimed, shares, thread);
  }
  const next = done + length;
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.store<i32>(CLAIMED, 0);
    setDone(next);
    return;
  }
  waitWhile(DONE, done);
  done = next;
}

/** Works until there is something to tell the caller. @returns The number of a signal. */
export function run(thread: u32, threads: u32): i32 {
  if (thread != 0) help(thread, threads);
  while (true) {
    waitWhile(PUBLISHED, done);
    const command = commandAt(done);
    if (<u32>load<f64>(command) == SIGNAL) {
      const signal = <i32>load<f64>(command, 8);
      setDone(done + 1);
      return signal;
    }
    const shares = <u32>atomic.load<i32>(command, SHARES_AT);
    const length = atomic.load<i32>(command, LENGTH_AT);
    if (shares == 1) {
      executeAll(length, 0, 1, 0);
      setDone(done + length);
    } else {
      share(length, shares, 0, threads);
    }
  }
}

/** The loop of the other threads, to whom only shared commands matter. */
function help(thread: u32, threads: u32): void {
  while (true) {
    done = atomic.load<i32>(DONE);
    const published = atomic.load<i32>(SHARED_PUBLISHED);
    if (published - done <= 0) {
      waitWhile(SHARED_PUBLISHED, published);
      continue;
    }
    const command = commandAt(done);
    const shares = <u32>atomic.load<i32>(command, SHARES_AT);
    const length = atomic.load<i32>(command, LENGTH_AT);
    // If this group is done by now, what was read may belong to one that has taken its place.
    if (atomic.load<i32>(DONE) != done) continue;
    if (shares > 1) share(length, shares, thread, threads);
    else waitWhile(DONE, done);
  }
}

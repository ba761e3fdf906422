/**
 * The loop of one thread of a pool over shared memory. The caller publishes groups of commands into a ring. Each group is
 * cut into shares, which the threads claim one after the other; a group is done when its shares are, and then the next one
 * can be claimed. Nobody waits for a thread that has claimed nothing: on a machine with other work, one that was put aside
 * holds others back by its own share at most. A thread with nothing to claim looks for a short while, then sleeps. Which
 * thread does a share makes no difference to its numbers.
 *
 * Why that is right, all atomic operations being in one order:
 *
 * - *The words that are waited for only grow.* `PUBLISHED` is written by the caller, to ends of groups, after their commands;
 *   `DONE` by the thread that finishes the last share of a group. The next group's shares can be claimed only afterwards, so
 *   these writes take turns.
 * - *No wake-up is missed.* Who waits counts itself among those asleep, then looks at the word, and `wait` looks once more.
 *   Who writes the word does so first and looks at the count then. Had the writer seen nobody asleep, its write would
 *   precede the count, and so both of the looks.
 * - *Each share is done once.* `CLAIMS` holds the group and its next share in one word, and is only changed from a value
 *   that names the group that the thread has read: a claim that succeeds is one of the group that is to be done.
 * - *What a thread reads of a group is that group's.* The caller overwrites a slot only when `DONE` has passed it. At the
 *   time of a successful claim the group was not done, and stays so until the share that was claimed is; so what was read
 *   of it before the claim was in time, as is what is read afterwards.
 * - *The last one to finish is known.* `FINISHED` counts the shares of the group that is to be done; who finishes the last
 *   of them resets it before anyone can claim, let alone finish, a share of the next.
 * - *The caller never waits*, but asks for a message: `run` returns the number of a signal after `DONE` has passed it. One
 *   place of the ring is kept free for such a request, so it can always be made.
 */
import {
  CLAIMS,
  COMMAND_BYTES,
  DONE,
  FINISHED,
  LENGTH_AT,
  PUBLISHED,
  RING,
  RING_COMMANDS,
  SHARES_AT,
  SIGNAL,
} from '../src/opcodes';
import { execute } from './interpreter';

/**
 * Waits until the word at `at` is no longer `old`, awake for so many looks, then asleep. The word after it counts the threads
 * asleep.
 */
function waitWhile(at: usize, old: i32, looks: u32): void {
  for (let look: u32 = 0; look < looks; look++) {
    if (atomic.load<i32>(at) != old) return;
  }
  atomic.add<i32>(at + 4, 1);
  while (atomic.load<i32>(at) == old) atomic.wait<i32>(at, old, -1);
  atomic.sub<i32>(at + 4, 1);
}

// @ts-ignore: decorator
@inline
function commandAt(index: i32): usize {
  return <usize>RING + <usize>(<u32>index % <u32>RING_COMMANDS) * <usize>COMMAND_BYTES;
}

/** Word of `CLAIMS` for a group, named by the number of commands before it, of which `share` is to be claimed next. */
// @ts-ignore: decorator
@inline
function claimsOf(group: i32, share: u32): u64 {
  return (<u64>(<u32>group) << 32) | <u64>share;
}

/** Counts a share of a group as finished, and lets the next group begin if it was the last. */
function finish(group: i32, length: i32, shares: u32): void {
  if (<u32>atomic.add<i32>(FINISHED, 1) != shares - 1) return;
  const next = group + length;
  atomic.store<i32>(FINISHED, 0);
  atomic.store<u64>(CLAIMS, claimsOf(next, 0));
  atomic.store<i32>(DONE, next);
  if (atomic.load<i32>(DONE + 4) != 0) atomic.notify(DONE, -1);
}

/**
 * Works until there is something to tell the caller.
 *
 * @param slot Number of the thread, and of its scratch memory.
 * @param looks How often to look for something to do before sleeping; 300 take some microsecond.
 * @returns The number of a signal.
 */
export function run(slot: u32, looks: u32): i32 {
  while (true) {
    const group = atomic.load<i32>(DONE);
    if (atomic.load<i32>(PUBLISHED) == group) {
      waitWhile(PUBLISHED, group, looks);
      continue;
    }
    const claims = atomic.load<u64>(CLAIMS);
    if (<i32>(claims >> 32) != group) continue;
    const command = commandAt(group);
    const shares = <u32>atomic.load<i32>(command, SHARES_AT);
    const length = atomic.load<i32>(command, LENGTH_AT);
    const share = <u32>claims;
    if (share >= shares) {
      waitWhile(DONE, group, looks);
      continue;
    }
    if (atomic.cmpxchg<u64>(CLAIMS, claims, claims + 1) != claims) continue;
    if (<u32>load<f64>(command) == SIGNAL) {
      const signal = <i32>load<f64>(command, 8);
      finish(group, length, shares);
      return signal;
    }
    for (let n: i32 = 0; n < length; n++) execute(commandAt(group + n), share, shares, slot);
    finish(group, length, shares);
  }
}

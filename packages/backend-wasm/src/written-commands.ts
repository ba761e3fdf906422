import { timeOf } from './cuts.js';
import { type Command, writeCommand } from './engine.js';
import type { Block, Heap } from './heap.js';
import { COMMAND_BYTES } from './opcodes.js';

/** Commands that stay written in memory: an engine of one thread does all of them in one call, again and again. */
export class WrittenCommands {
  readonly block: Block;
  readonly count: number;
  /** Estimated microseconds that they take together. */
  readonly time: number;
  readonly #heap: Heap;

  /** @throws RbmError `SIZE_LIMIT` if there is not enough memory. */
  constructor(heap: Heap, commands: readonly Command[]) {
    this.#heap = heap;
    this.count = commands.length;
    this.time = commands.reduce((sum, command) => sum + timeOf(command), 0);
    this.block = heap.allocate(COMMAND_BYTES * commands.length);
    commands.forEach((command, n) => {
      writeCommand(command, heap.doubles, this.#placeOf(n));
    });
  }

  /** Replaces an operand of one of the commands. */
  replace(command: number, operand: number, value: number): void {
    this.#heap.doubles[this.#placeOf(command) + operand] = value;
  }

  /** Where a command begins, in float64. */
  #placeOf(command: number): number {
    return (this.block.address + COMMAND_BYTES * command) / 8;
  }
}

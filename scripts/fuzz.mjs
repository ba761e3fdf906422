// Gives mutated files to every reader, and mangled options to the program: `npm run fuzz -- --minutes 5 --seed 7`. A case
// follows from the seed and its number. Files that find a fault are minimised into checks/fuzz/crashes, where a test reads
// them from then on. The exit code is 1 if any fault was found.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzCommandLine } from './fuzz/command-line.mjs';
import { judge, minimise } from './fuzz/judge.mjs';
import { mutate, repairHeader } from './fuzz/mutations.mjs';
import { randomOf } from './fuzz/random.mjs';
import { readers } from './fuzz/readers.mjs';
import { root } from './pnpm.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isSafeInteger(seed) || seed < 0) {
  throw new Error(`--minutes ${values.minutes} --seed ${values.seed}: expected a positive number and a whole number.`);
}

const crashes = join(root, 'checks/fuzz/crashes');
const secondsBetweenCommands = 10;
const names = Object.keys(readers);
const end = performance.now() + 60_000 * minutes;
const faults = new Map();
let files = 0;
let commands = 0;

function tryFile(index) {
  const random = randomOf(seed, index);
  const name = names[index % names.length];
  const { corpus, read } = readers[name];
  const from = random.pick(corpus);
  let bytes = mutate(from, random, random.pick(corpus));
  if (['model', 'safetensors', 'snapshot'].includes(name) && random.below(3) > 0) {
    bytes = repairHeader(
      bytes,
      from.length - 8 - Number(new DataView(from.buffer, from.byteOffset).getBigUint64(0, true)),
    );
  }
  const fault = judge(read, bytes);
  if (fault === undefined) return;
  const key = `${name}: ${fault.slice(0, 60)}`;
  if (!faults.has(key)) {
    const small = minimise(read, bytes, fault);
    mkdirSync(crashes, { recursive: true });
    const file = `${name}-${createHash('sha256').update(small).digest('hex').slice(0, 8)}.bin`;
    writeFileSync(join(crashes, file), small);
    console.error(
      `${name}, seed ${seed}, case ${index}: ${fault}\n  ${small.length} bytes in checks/fuzz/crashes/${file}`,
    );
  }
  faults.set(key, (faults.get(key) ?? 0) + 1);
}

let nextCommand = performance.now();
while (performance.now() < end) {
  for (let n = 0; n < 500; n++) tryFile(files++);
  if (performance.now() < nextCommand) continue;
  nextCommand = performance.now() + 1000 * secondsBetweenCommands;
  const fault = fuzzCommandLine(randomOf(seed, 2 ** 31 + commands++));
  if (fault === undefined) continue;
  faults.set(`command line: ${fault.slice(0, 60)}`, 1);
  console.error(`Command line, seed ${seed}, case ${commands - 1}: ${fault}`);
}
console.log(`Seed ${seed}: ${files} mutated files and ${commands} command lines, ${faults.size} kinds of faults.`);
process.exitCode = faults.size > 0 ? 1 : 0;

// Compiles the kernels, for one thread and for shared memory, and embeds them: src/binary.generated.ts.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const common = [
  '--runtime',
  'stub',
  '-O3',
  '--converge',
  '--noAssert',
  '--importMemory',
  '--enable',
  'simd',
  '--enable',
  'bulk-memory',
];
const builds = {
  single: ['assembly/index.ts', ...common],
  shared: [
    'assembly/shared.ts',
    ...common,
    '--enable',
    'threads',
    '--sharedMemory',
    '--initialMemory',
    '4',
    '--maximumMemory',
    '65536',
  ],
};

const lines = ['// Made by scripts/compile.mjs. Do not edit.'];
for (const [name, options] of Object.entries(builds)) {
  const { error, stderr, binary } = await compile(options);
  if (error) {
    console.error(stderr);
    process.exit(1);
  }
  // Constants would be laid where the threads' words and the commands are: see src/opcodes.ts.
  if (hasData(binary)) {
    console.error(
      `The kernels for ${name} memory bring data of their own: a table of the compiler's library, or a constant array.`,
    );
    process.exit(1);
  }
  lines.push(`export const ${name}: string =\n  '${Buffer.from(binary).toString('base64')}';`);
}
// Under another name first, and only if it changed: builds, checks and tests may run side by side.
const target = `${root}src/binary.generated.ts`;
const text = `${lines.join('\n')}\n`;
if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
  await writeFile(`${target}.${process.pid}`, text);
  await rename(`${target}.${process.pid}`, target);
}

/** Whether a module has a data section, number 11. */
function hasData(binary) {
  let at = 8;
  const number = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = binary[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
      shift += 7;
    }
  };
  while (at < binary.length) {
    const section = binary[at++];
    const length = number();
    if (section === 11) return true;
    at += length;
  }
  return false;
}

async function compile([entry, ...options]) {
  let binary;
  const writes = (name, contents) => {
    if (name.endsWith('.wasm')) binary = contents;
  };
  const { error, stderr } = await asc.main([entry, '--baseDir', root, '--outFile', 'kernels.wasm', ...options], {
    writeFile: writes,
  });
  return { error, stderr: stderr.toString(), binary };
}

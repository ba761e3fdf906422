import { beforeAll, describe, expect, inject, it } from 'vitest';
import { run } from './run.ts';
import { type Node, requireAll, runCli, runningNode, runProgram, writeProgram } from './stranger.ts';

const { npm, pnpm } = inject('packed');
let results: Record<string, string>;

beforeAll(async () => {
  await writeProgram(npm);
  await writeProgram(pnpm);
  results = await runProgram(runningNode, npm);
});

// The npm package `node` brings the program.
describe.each([20, 22, 24, 26])('on Node %i', (version) => {
  const node: Node = ['npx', '-y', '-p', `node@${version}`, 'node'];

  it('is that version', async () => {
    const [command, ...args] = node;
    const { stdout } = await run(command, [...args, '--version'], { cwd: npm });
    expect(stdout).toMatch(`v${version}.`);
  });

  it.each([
    ['npm', npm],
    ['pnpm', pnpm],
  ])('runs what %s installed, with the same results', async (_manager, folder) => {
    expect(await runProgram(node, folder)).toEqual(results);
    expect(await requireAll(node, folder)).toEqual(await requireAll(runningNode, folder));
    expect(await runCli(node, folder)).toEqual(await runCli(runningNode, folder));
  });
});

import { expect, it } from 'vitest';
import { commands } from './command.js';
import { inFolder, rbm } from './run.testing.js';
import textWidth from './text-width.js';

it('colours take no columns', () => {
  expect(textWidth('a \u001b[1mbold\u001b[22m word')).toBe(11);
});

it('no help has a character that takes two columns, or none', () =>
  inFolder(async (folder) => {
    for (const { command } of [{ command: '' }, ...commands]) {
      const [name = ''] = command.split(' ');
      const { code, stdout } = await rbm(name === '' ? ['--help'] : [name, '--help'], folder);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`rbm ${name}`)]);
      // Marks, emoji, and what Unicode calls wide.
      expect(stdout).not.toMatch(
        /[\p{M}\p{Cf}\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\uffe6]/u,
      );
    }
  }));

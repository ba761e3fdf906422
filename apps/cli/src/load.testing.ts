import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataContext, loadData } from './data.js';
import type { DataArguments } from './data-options.js';
import { parseVisible } from './layer-choice.js';
import { inFolder } from './run.testing.js';
import type { VisibleData } from './visible-data.js';

/** What a file came to, and what was printed. */
export interface Loaded extends VisibleData {
  readonly log: readonly string[];
}

/** Loads a file of the given content, as `train` would for `--visible` (or its default). */
export function load(
  name: string,
  content: string | Uint8Array,
  options: Partial<DataArguments> & { visible?: string } & Pick<DataContext, 'standardise' | 'details'> = {},
): Promise<Loaded> {
  return inFolder(async (folder) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const { visible, standardise, details, ...args } = options;
    return loadNamed({ data: path, ...args }, visible, { standardise, details });
  });
}

/** Loads what `--data` names. */
export async function loadNamed(
  args: DataArguments,
  visible?: string,
  context: Pick<DataContext, 'standardise' | 'details'> = {},
): Promise<Loaded> {
  const log: string[] = [];
  const data = await loadData(args, {
    ...context,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    visible: visible === undefined ? undefined : parseVisible(visible),
  });
  return { ...data, log };
}

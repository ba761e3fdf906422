import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpy, type NpyArray } from '@rbm/formats';
import type { Workload } from './workload.js';

/** Writes a workload where peers and the browser read it. @returns The folder. */
export async function writeCaseFolder(folder: string, workload: Workload): Promise<string> {
  const { visible, hidden, settings, parameters, data, chains, base } = workload;
  const weights = parameters.subarray(visible + hidden);
  const arrays: Record<string, NpyArray> = {
    visible_bias: { shape: [visible], data: Float32Array.from(parameters.subarray(0, visible)) },
    hidden_bias: { shape: [hidden], data: Float32Array.from(parameters.subarray(visible, visible + hidden)) },
    weights: { shape: [visible, hidden], data: Float32Array.from(weights) },
    data: { shape: [data.length / visible, visible], data },
    ...(chains ? { chains: { shape: [chains.length / visible, visible], data: chains } } : {}),
    ...(base ? { base: { shape: [visible], data: Float32Array.from(base) } } : {}),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'case.json'), JSON.stringify(settings));
  for (const [name, array] of Object.entries(arrays)) await writeFile(join(folder, `${name}.npy`), encodeNpy(array));
  return folder;
}

import { decodeModel, type ModelFile } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { Pieces } from './pieces.js';

/** Reads a model file, in which layers of plugins may be. @throws RbmError `FILE_NOT_FOUND`, or as `decodeModel`. */
export async function readModel(path: string, pieces: Pieces): Promise<ModelFile> {
  return decodeModel(await readFileBytes(path), path, { layers: pieces.layerFactories });
}

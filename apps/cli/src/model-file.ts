import { RbmError } from '@rbm/core';
import { decodeModel, type ModelFile } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { Pieces } from './pieces.js';

/**
 * Reads a model file, in which layers and interactions of plugins may be.
 *
 * @throws RbmError `FILE_NOT_FOUND`, or as `decodeModel`; where one is a plugin's that is not loaded, the message names the package,
 * if the file does, and the flags that load it.
 */
export async function readModel(path: string, pieces: Pieces): Promise<ModelFile> {
  const bytes = await readFileBytes(path);
  try {
    return decodeModel(bytes, path, { layers: pieces.layerFactories, interactions: pieces.interactionFactories });
  } catch (error) {
    const isKind = RbmError.isInstance(error) && /(layers|interactions) of kind/.test(error.message);
    if (!isKind || error.code !== 'UNSUPPORTED') throw error;
    throw new RbmError(
      error.code,
      `${error.message} A plugin that provides them is loaded with --plugin PACKAGE, or with --config rbm.config.ts.`,
      { cause: error },
    );
  }
}

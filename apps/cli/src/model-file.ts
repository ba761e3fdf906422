import { RbmError } from '@rbm/core';
import { decodeModel, type ModelFile } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';
import type { Pieces } from './pieces.js';

/**
 * Reads a model file, in which layers of plugins may be.
 *
 * @throws RbmError `FILE_NOT_FOUND`, or as `decodeModel`; where a layer is a plugin's that is not loaded, the message names
 * the flags that load one.
 */
export async function readModel(path: string, pieces: Pieces): Promise<ModelFile> {
  const bytes = await readFileBytes(path);
  try {
    return decodeModel(bytes, path, { layers: pieces.layerFactories });
  } catch (error) {
    if (!RbmError.isInstance(error) || error.code !== 'UNSUPPORTED' || !error.message.includes('layers of kind'))
      throw error;
    throw new RbmError(
      error.code,
      `${error.message} A plugin that provides them is loaded with --plugin PACKAGE, or with --config rbm.config.ts.`,
      { cause: error },
    );
  }
}

import { decodeModel, type ModelFile } from '@rbm/formats';
import { readFileBytes } from '@rbm/formats/node';

/** Reads a model file. @throws RbmError `FILE_NOT_FOUND`, or as `decodeModel`. */
export async function readModel(path: string): Promise<ModelFile> {
  return decodeModel(await readFileBytes(path), path);
}

import { bernoulli, generator, rbm } from '@rbm/core';
import { decodeModel, encodeModel, encodePng, imageGrid, type ModelFile } from '@rbm/formats';

/** A model through its file, and a picture of its weights. */
export default async function use(): Promise<string> {
  const model = rbm({ visible: bernoulli(4), hidden: bernoulli(3), random: generator(1), scale: 1 });
  const bytes: Uint8Array = encodeModel(model);
  const read: ModelFile = decodeModel(bytes, 'a model');
  const picture = encodePng(
    imageGrid({ images: model.parameters.subarray(0, 12), count: 3, height: 2, width: 2, range: 'symmetric' }),
  );
  return [read.model.kind, read.model.parameters.length, picture.subarray(1, 4).join('-')].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Errors name the file.
  decodeModel(new Uint8Array());
  // @ts-expect-error A file is bytes.
  decodeModel('model', 'model.safetensors');
}

import type { Samples } from '@rbm/core';
import {
  type Buffer,
  checkArguments,
  argumentKinds as kinds,
  type Layer,
  type Monitor,
  rowLength,
} from '@rbm/core/contracts';
import { type ClassShares, classBalance, classShares } from '../class-balance.js';
import { type Classifier, classifierKind } from '../classifier.js';

/** Options of `chainClasses`. */
export interface ChainClassesOptions {
  readonly classifier: Classifier;
  /** Whose classes the chains' are compared with. */
  readonly data: Samples;
}

/**
 * Class balance of an estimator's chains: `classTotalVariation`, the total variation between their classes and the data's, and
 * `classNoiseFloor`, what chance alone would make of it. Nothing for estimators without chains, and for models with several visible
 * layers. Chains that do not mix keep the classes that they started with: only those of a tempered estimator judge the model.
 */
export function chainClasses(options: ChainClassesOptions): Monitor {
  checkArguments('chainClasses', options, { classifier: classifierKind, data: kinds.samples });
  const { classifier, data } = options;
  let wanted: ClassShares | undefined;
  return {
    specVersion: 1,
    name: 'chainClasses',
    async measure({ program, chains }): Promise<Readonly<Record<string, number>>> {
      const { model, backend } = program;
      const [visible] = model.visible;
      if (!chains || visible === undefined || model.visible.length > 1) return {};
      const values = await backend.read(chains.layers[visible] as Buffer);
      const count = values.length / rowLength(model.layers[visible] as Layer);
      wanted ??= classShares(classifier, data.values, data.count);
      const { totalVariation, noiseFloor } = classBalance(classShares(classifier, values, count), wanted);
      return { classTotalVariation: totalVariation, classNoiseFloor: noiseFloor };
    },
  };
}

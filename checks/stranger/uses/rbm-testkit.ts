import { gibbs } from '@rbm/samplers';
import { isIrreducible, randomRbm, stationaryError, transitionMatrix } from '@rbm/testkit';

/** Whether Gibbs sampling is right, without noise. */
export default async function use(): Promise<string> {
  const model = randomRbm({ visible: 3, hidden: 2, scale: 1, seed: 1 });
  const transition = await transitionMatrix(gibbs(), model);
  return [transition.count, stationaryError(transition) < 1e-12, isIrreducible(transition)].join(' ');
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Seeds decide everything random.
  randomRbm({ visible: 3, hidden: 2, scale: 1 });
}

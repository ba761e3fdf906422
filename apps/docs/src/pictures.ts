// Draws the pictures of docs/theory.md into docs/images. Takes about a minute; seeds decide everything.
import { writeFileSync } from 'node:fs';
import { capacityCurves } from './capacity.js';
import { drawCapacity, drawGeneralisation, drawLearning } from './draw.js';
import { type Generalisation, generalise, source } from './generalisation.js';
import { learningCurves } from './learning-curves.js';

const images = new URL('../../../docs/images/', import.meta.url);

/** The median over three sets of observations, of each model on its own. */
async function medianGeneralisation(count: number): Promise<Generalisation> {
  const found = [await generalise(count, 1), await generalise(count, 2), await generalise(count, 3)];
  const median = (name: keyof Generalisation): number => found.map((g) => g[name]).sort((a, b) => a - b)[1] as number;
  return { count, empirical: median('empirical'), smoothed: median('smoothed'), rbm: median('rbm') };
}

const points: Generalisation[] = [];
for (let exponent = 3; exponent <= 20; exponent++) points.push(await medianGeneralisation(2 ** exponent));
const { states, best } = source();
writeFileSync(new URL('theory-generalisation.svg', images), drawGeneralisation(points, states.count, best));
console.log('theory-generalisation.svg');
console.table(points);

writeFileSync(new URL('theory-learning.svg', images), drawLearning(await learningCurves(1)));
console.log('theory-learning.svg');

const capacity = await capacityCurves();
writeFileSync(new URL('theory-capacity.svg', images), drawCapacity(capacity));
console.log('theory-capacity.svg');
console.table(capacity);

import { checkArgument, argumentKinds as kinds } from '../contracts/arguments.js';

/**
 * A colouring of a graph: units of one colour are not joined, so that they can be drawn at once. Two colours where two
 * are enough (found by searching breadth first), otherwise greedily, units with most neighbours first (Welsh and Powell
 * 1967): at most one colour more than the largest number of neighbours.
 *
 * @param edges `[edges, 2]`
 * @returns `[units]`: the colour of each unit, from 0 on.
 */
export function colour(units: number, edges: Uint32Array): Uint32Array {
  checkArgument('colour', 'units', units, kinds.count);
  checkArgument('colour', 'edges', edges, { ...kinds.numbers, example: 'latticeEdges([4, 4])' });
  const neighbours = Array.from({ length: units }, (): number[] => []);
  for (let e = 0; e < edges.length; e += 2) {
    const [i, j] = [edges[e] as number, edges[e + 1] as number];
    neighbours[i]?.push(j);
    neighbours[j]?.push(i);
  }
  return twoColours(neighbours) ?? greedyColours(neighbours);
}

const NONE = 0xffffffff;

/** The two sides of a bipartite graph; nothing if it is none, as an odd periodic lattice. */
function twoColours(neighbours: readonly (readonly number[])[]): Uint32Array | undefined {
  const colours = new Uint32Array(neighbours.length).fill(NONE);
  for (let root = 0; root < colours.length; root++) {
    if (colours[root] !== NONE) continue;
    colours[root] = 0;
    const queue = [root];
    for (const i of queue) {
      for (const j of neighbours[i] as number[]) {
        if (colours[j] === colours[i]) return undefined;
        if (colours[j] !== NONE) continue;
        colours[j] = 1 - (colours[i] as number);
        queue.push(j);
      }
    }
  }
  return colours;
}

function greedyColours(neighbours: readonly (readonly number[])[]): Uint32Array {
  const colours = new Uint32Array(neighbours.length).fill(NONE);
  const degree = (i: number): number => (neighbours[i] as number[]).length;
  const order = neighbours.map((_, i) => i).sort((i, j) => degree(j) - degree(i) || i - j);
  for (const i of order) {
    const taken = new Set((neighbours[i] as number[]).map((j) => colours[j]));
    let free = 0;
    while (taken.has(free)) free++;
    colours[i] = free;
  }
  return colours;
}

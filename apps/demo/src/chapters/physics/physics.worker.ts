import { wasm } from '@rbm/backend-wasm';
import type { Backend } from '@rbm/core/contracts';
import { expose } from 'comlink';
import { LatticeRun, type Measured } from './lattice.js';
import { type Learned, type Observables, SmallLattice } from './small-lattice.js';

/** What the page is told of the lattice. */
export interface LatticeReport {
  readonly spins: Float64Array;
  readonly sweeps: number;
  readonly energy: Measured | undefined;
  readonly magnetisation: Measured | undefined;
}

/** The laboratory as the page sees it. The page ends it with the worker. */
export interface PhysicsWorker {
  /** Goes on at a temperature: measurements begin anew where it is another one, the spins stay. */
  advance(temperature: number, seed: number, sweeps: number): Promise<LatticeReport>;
  /** Exact observables of the small lattice at each temperature. */
  exact(temperatures: readonly number[]): Observables[];
  /** The next report of a machine that learns the small lattice; nothing when it has learned. */
  learn(temperature: number, seed: number): Promise<Learned | undefined>;
}

let backend: Promise<Backend> | undefined;
let run: { readonly key: string; readonly lattice: LatticeRun } | undefined;
let spins: Float64Array | undefined;
let small: SmallLattice | undefined;
let lesson: { readonly key: string; readonly reports: AsyncGenerator<Learned, void, undefined> } | undefined;

const open = (): Promise<Backend> => {
  backend ??= wasm({ threads: 1 });
  return backend;
};
const smallLattice = (): SmallLattice => {
  small ??= new SmallLattice();
  return small;
};

const worker: PhysicsWorker = {
  async advance(temperature, seed, sweeps) {
    const key = `${temperature} ${seed}`;
    if (run?.key !== key) {
      run?.lattice.dispose();
      run = { key, lattice: await LatticeRun.start(await open(), temperature, seed, spins) };
    }
    const { lattice } = run;
    spins = await lattice.advance(sweeps);
    return { spins, sweeps: lattice.sweeps, energy: lattice.energy(), magnetisation: lattice.magnetisation() };
  },
  exact: (temperatures) => temperatures.map((temperature) => smallLattice().exact(temperature)),
  async learn(temperature, seed) {
    const key = `${temperature} ${seed}`;
    if (lesson?.key !== key) {
      await lesson?.reports.return(undefined);
      lesson = { key, reports: smallLattice().learn(await open(), temperature, seed) };
    }
    const next = await lesson.reports.next();
    if (next.done) lesson = undefined;
    return next.done ? undefined : next.value;
  },
};

expose(worker);

/** One row of the table. */
export interface Case {
  readonly name: string;
  readonly title: string;
  /** Which trained machine it starts from. */
  readonly machine: MachineName;
  readonly kind: 'training' | 'annealing';
  /** Samples in a batch, and chains. */
  readonly batch: number;
  readonly k: number;
  readonly persistent: boolean;
  /** How many times as fast as the fastest peer it should be. */
  readonly goal: number;
  /** Whether gpu.js takes part: as a CPU engine it takes a hundred times as long. */
  readonly gpujs?: boolean;
}

/** The machines that cases start from. */
export type MachineName = 'mnist-500' | 'mnist-4000' | 'digits-32' | 'random-1024';

/** Temperatures of a whole annealing run, whose time is estimated from a shorter run. */
export const ANNEALING_TEMPERATURES = 10_000;
/** Temperatures of the run that is measured: it crosses all inverse temperatures too, in larger steps. */
export const MEASURED_TEMPERATURES = 200;

const training = { kind: 'training', k: 1, persistent: false } as const;

/** All cases, in the order of the table. */
export const cases: readonly Case[] = [
  {
    ...training,
    name: 'cd-1',
    title: 'MNIST 784×500, batch 100, CD-1',
    machine: 'mnist-500',
    batch: 100,
    goal: 2,
    gpujs: true,
  },
  { ...training, name: 'cd-10', title: 'same, CD-10', machine: 'mnist-500', batch: 100, k: 10, goal: 2 },
  {
    ...training,
    name: 'pcd-1',
    title: 'same, PCD-1, batch 500, 500 chains',
    machine: 'mnist-500',
    batch: 500,
    persistent: true,
    goal: 2,
  },
  {
    name: 'ais',
    title: 'AIS 784×500, 100 chains, one temperature of 10,000',
    machine: 'mnist-500',
    kind: 'annealing',
    batch: 100,
    k: 1,
    persistent: false,
    goal: 2,
  },
  {
    ...training,
    name: 'digits',
    title: 'digits 64×32, batch 32, CD-1',
    machine: 'digits-32',
    batch: 32,
    goal: 5,
    gpujs: true,
  },
  {
    ...training,
    name: 'wide',
    title: 'MNIST 784×4000, batch 256, CD-1',
    machine: 'mnist-4000',
    batch: 256,
    goal: 1.5,
  },
  {
    ...training,
    name: 'half-on',
    title: '4096×1024, batch 256, CD-1, all units half on',
    machine: 'random-1024',
    batch: 256,
    goal: 1,
  },
];

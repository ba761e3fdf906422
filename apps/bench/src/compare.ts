import { join } from 'node:path';
import type { Backend } from '@rbm/core/contracts';
import { type Agreement, agreement, deviation, sameChange } from './agreement.js';
import { writeCaseFolder } from './case-folder.js';
import { caseWorkload, type Densities, densities } from './case-workload.js';
import type { Case } from './cases.js';
import { GpujsSteps } from './gpujs-steps.js';
import type { TrainedMachine } from './machines.js';
import { type Measurements, measureInTurn } from './measure.js';
import { type StartedPeer, threadsText } from './peers.js';
import { contestant } from './rbm-backend.js';
import type { Contestant, Outcome, Workload } from './workload.js';

/** What came of one case. */
export interface CaseResult {
  readonly which: Case;
  readonly densities: Densities;
  /** Milliseconds a step of each side. */
  readonly measured: Measurements;
  /** Cores that other programs used meanwhile. */
  readonly foreignCores: number;
  /** Of each peer's work with ours, in words. */
  readonly agreements: ReadonlyMap<string, string>;
  /** Peers whose work differs, or that failed. */
  readonly excluded: ReadonlyMap<string, string>;
}

/** Runs of annealing that are compared. */
const ANNEALING_CHECKS = 2;
/** Steps whose mean change is compared: as many as this many products, between a few and many. */
const CHECKED_PRODUCTS = 2 ** 28;
const FEWEST_CHECKS = 8;
const MOST_CHECKS = 512;

/** A mean that differs by more standard errors than this is another mean. */
const LARGEST_DEVIATION = 5;

/** Of all threads of this process, in milliseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Our name with a number of threads. */
export function ownName(threads: number): string {
  return `rbm, ${threadsText(threads)}`;
}

/** Measures one case on all sides, in turn, after a look at whether they do the same work. */
export async function compare(
  which: Case,
  machine: TrainedMachine,
  backends: readonly Backend[],
  peers: readonly StartedPeer[],
  repetitions: number,
  folder: string,
): Promise<CaseResult> {
  const workload = caseWorkload(which, machine);
  await writeCaseFolder(join(folder, which.name), workload);
  const own: Contestant[] = []; // Those made here, to be closed.
  const agreements = new Map<string, string>();
  const excluded = new Map<string, string>();
  try {
    for (const backend of backends) {
      own.push(await contestant(ownName(backend.capabilities.threads), backend, workload, processorTime));
    }
    const repeats = checksOf(which, workload);
    const ours = await (own[0] as Contestant).check(repeats);
    const sides = [...own];
    const admit = async (name: string, prepare: () => Promise<Contestant>): Promise<void> => {
      try {
        const side = await prepare();
        const { same, text } = compareOutcomes(ours, await side.check(repeats));
        agreements.set(name, text);
        if (same) sides.push(side);
        else excluded.set(name, `does other work: ${text}`);
      } catch (error) {
        excluded.set(name, (error as Error).message);
      }
    };
    for (const { name, peer, can } of peers) {
      if (!peer || !can(which)) continue;
      await admit(name, async () => {
        await peer.load(join(folder, which.name));
        return peer;
      });
    }
    if (which.gpujs) {
      await admit('gpu.js', async () => {
        const side = await GpujsSteps.start(workload, processorTime);
        own.push(side); // To be closed with ours.
        return side;
      });
    }
    const { measurements, foreignCores } = await measureInTurn(sides, repetitions);
    return { which, densities: densities(workload), measured: measurements, foreignCores, agreements, excluded };
  } finally {
    for (const side of own) await side.close();
  }
}

function checksOf({ kind, batch }: Case, { visible, hidden }: Workload): number {
  if (kind === 'annealing') return ANNEALING_CHECKS;
  const affordable = Math.round(CHECKED_PRODUCTS / (visible * hidden * batch));
  return Math.max(FEWEST_CHECKS, Math.min(MOST_CHECKS, affordable));
}

/** Whether two sides did the same: equal changes of each parameter array, or equal mean log weights. */
function compareOutcomes(ours: Outcome, theirs: Outcome): { same: boolean; text: string } {
  const names = Object.keys(ours);
  if (ours.log_weights) {
    const difference = deviation(ours.log_weights, theirs.log_weights as ArrayLike<number>);
    return {
      same: Math.abs(difference) < LARGEST_DEVIATION,
      text: `mean log weight ${difference.toFixed(1)} standard errors apart`,
    };
  }
  const agreed = names.map((name): readonly [string, Agreement] => [
    name,
    agreement(ours[name] as ArrayLike<number>, theirs[name] as ArrayLike<number>),
  ]);
  const [, weights] = agreed.find(([name]) => name === 'weights') as readonly [string, Agreement];
  return {
    same: sameChange(weights),
    text: agreed
      .map(([name, { correlation, relativeNorm }]) => `${name} ${correlation.toFixed(3)} × ${relativeNorm.toFixed(3)}`)
      .join(', '),
  };
}

import {
  checkCopies,
  checkDisposed,
  checkDrift,
  checkForeign,
  checkHostLayers,
  checkLengths,
  checkManifest,
  checkMemory,
  checkMisuse,
  checkOrder,
  checkParts,
  checkUpdate,
} from './backends/check-contract.js';
import { checkNetworks } from './backends/check-networks.js';
import {
  checkAffine,
  checkEnergies,
  checkMeans,
  checkSamples,
  checkStatistics,
  checkSweeps,
  type OperationCheck,
} from './backends/check-operations.js';
import { checkHostOptimizers, checkOptimizers } from './backends/check-optimizers.js';
import { checkExchange, checkGather, checkMetropolis } from './backends/check-rows.js';
import { checkChangedTargets } from './backends/check-targets.js';
import { type MakeBackend, type UnitKind, unitKinds } from './backends/subject.js';
import { Pace, type PaceOptions } from './pace.js';
import { type Check, paced, type Runner, registerChecks } from './suite.js';

/** What the checks of a backend need. */
export interface BackendCheckOptions extends PaceOptions {
  /** Makes a backend. Every check makes its own, and closes it. */
  readonly backend: MakeBackend;
  /** Kinds of units to try beside the toolkit's own: a layer that brings a fast path for this backend in its `native`. */
  readonly kinds?: readonly UnitKind[];
}

const contract: readonly (readonly [name: string, check: (make: MakeBackend) => Promise<void>])[] = [
  ['manifest', checkManifest],
  ['host layers', checkHostLayers],
  ['lengths', checkLengths],
  ['order', checkOrder],
  ['copies', checkCopies],
  ['gather', checkGather],
  ['exchange', checkExchange],
  ['metropolis', checkMetropolis],
  ['changed targets', checkChangedTargets],
  ['parts of a batch', checkParts],
  ['update', checkUpdate],
  ['optimizers', checkOptimizers],
  ['host optimizers', checkHostOptimizers],
  ['networks', checkNetworks],
  ['misuse', checkMisuse],
  ["another backend's buffers", checkForeign],
  ['disposed', checkDisposed],
  ['memory', checkMemory],
  ['no drift', checkDrift],
];

const operations: readonly (readonly [name: string, check: OperationCheck])[] = [
  ['affine', checkAffine],
  ['means', checkMeans],
  ['samples', checkSamples],
  ['sweeps', checkSweeps],
  ['statistics', checkStatistics],
  ['energies', checkEnergies],
];

/**
 * All that a backend promises in its contract and in its `capabilities`, as independent checks with fixed seeds: every
 * operation against the reference backend within the declared error, for each kind of units (native or on the host, that
 * makes no difference), for 1, 3, 5, 17, 33 and 67 units and batches of 1, 3, 7 and 131; and on networks: lattices, Hopfield
 * networks, deep machines, graphs between and within layers. Every optimizer of the toolkit with every penalty and clipping is
 * held to its own functions.
 */
export function backendChecks(options: BackendCheckOptions): readonly Check[] {
  const { backend, kinds = [] } = options;
  const pace = new Pace('the backend', options, 'Leave kinds of units out by the names of their checks');
  return paced(pace, [
    ...contract.map(([name, check]): Check => ({ name, run: () => check(backend) })),
    ...operations.flatMap(([operation, check]) =>
      [...unitKinds, ...kinds]
        .filter((kind) => check !== checkSweeps || kind.layer(1).states !== null)
        .map((kind): Check => ({ name: `${operation}: ${kind.name}`, run: () => check(backend, kind) })),
    ),
  ]);
}

/** Registers `backendChecks` with a test runner: `backendSuite({ it, backend: () => myBackend() })`. */
export function backendSuite({ it, describe, ...options }: BackendCheckOptions & Runner): void {
  registerChecks(describe ? { it, describe } : { it }, 'backend', backendChecks(options));
}

import { ANNEALING_TEMPERATURES, MEASURED_TEMPERATURES } from './cases.js';
import { type CaseResult, ownName } from './compare.js';
import type { CompositionCost } from './composition.js';
import { crossover, ENGINE_BATCH, type EngineTimes, engineSizes } from './engines.js';
import type { Growth } from './growth.js';
import type { Machine } from './machine.js';
import { fastest, type Measurements, QUIET, type Side } from './measure.js';
import { type MemoryUse, mostLinearBytes } from './memory.js';
import { ADAM_GOAL, type OptimizerCost } from './optimizers.js';
import { quantile, ratio, summarise } from './statistics.js';
import { markdownTable, milliseconds } from './table.js';
import type { TemperingCost } from './tempering.js';
import { isConfigured, pytorchReference, ratioText, verdict } from './verdict.js';

/** Two threads should be so many times as fast as one. */
const THREADS_GOAL = 1.7;
/** A page should take at most so many times as long as Node. */
const CHROMIUM_GOAL = 1.2;
/** What noise may add to the exponent of a cost in proportion. */
const EXPONENT_GOAL = 1.05;

const median = (samples: readonly number[]): number => quantile(samples, 0.5);
const isOwn = (name: string): boolean => name.startsWith('rbm, ');
const isPeer = (name: string): boolean => !isOwn(name);

/** What it all ran on. */
export function describeMachine(machine: Machine, versions: readonly string[]): string {
  return [
    `- processor: ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`,
    `- versions: Node ${machine.node}, ${versions.join(', ')}`,
    `- load before the measurements: ${machine.load.toFixed(1)}`,
  ].join('\n');
}

/** The main table: each case against its fastest peer. */
export function comparisonTable(results: readonly CaseResult[], machine: Machine): string {
  const rows = results.map(({ which, measured }) => {
    const ours = fastest(measured, 'wall', isOwn);
    const peer = fastest(measured, 'wall', isPeer);
    const goal = `≥ ${which.goal}×`;
    if (!ours || !peer) return [which.title, ours ? sideText(ours) : '–', 'no peer', '–', goal, '–'];
    const times = ratio(peer.samples, ours.samples);
    const configured = isConfigured(which.name, bestOfPyTorch(measured), machine.known);
    const reached = verdict(times.median, which.goal, configured);
    return [which.title, sideText(ours), sideText(peer), ratioText(times), goal, reached];
  });
  return markdownTable(['case', 'rbm', 'fastest peer', 'times as fast (quartiles)', 'goal', ''], rows);
}

/** The same by what other programs on the machine disturb less: the least time by the clock, and processor time. */
export function undisturbedTable(results: readonly CaseResult[]): string {
  const rows = results.map(({ which, measured, foreignCores }) => {
    const [leastOurs, leastPeer] = [leastWall(measured, isOwn), leastWall(measured, isPeer)];
    const ours = fastest(measured, 'processor', isOwn);
    const peer = fastest(measured, 'processor', isPeer);
    const work = ours && peer ? ratioText(ratio(peer.samples, ours.samples)) : '–';
    const byLeast = Number.isFinite(leastPeer) ? (leastPeer / leastOurs).toFixed(2) : '–';
    return [which.title, milliseconds(leastOurs), milliseconds(leastPeer), byLeast, work, foreignCores.toFixed(2)];
  });
  const header = [
    'case',
    'least, rbm',
    'least, peers',
    'ratio',
    'ratio of processor time (quartiles)',
    'cores used by others',
  ];
  return markdownTable(header, rows);
}

/** Every side of every case. */
export function sidesTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap(({ which, measured, agreements, excluded }) => [
    ...[...measured].map(([name, timings]) => {
      const wall = summarise(timings.map((timing) => timing.wall));
      const processor = summarise(timings.map((timing) => timing.processor));
      const times = [wall.median, wall.lowerQuartile, wall.upperQuartile, wall.least, processor.median];
      return [`${which.name}: ${name}`, ...times.map(milliseconds), agreements.get(name) ?? ''];
    }),
    ...[...excluded].map(([name, why]) => [`${which.name}: ${name}`, '–', '–', '–', '–', '–', why]),
  ]);
  const agreement = 'mean change against that of rbm (correlation × norm)';
  const header = ['side', 'median', 'lower quartile', 'upper quartile', 'least', 'processor time', agreement];
  return markdownTable(header, rows);
}

/** How many units are on. */
export function densitiesTable(results: readonly CaseResult[]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows = results.map(({ which, densities }) => [which.title, percent(densities.data), percent(densities.hidden)]);
  return markdownTable(['case', 'visible units on', 'hidden units on'], rows);
}

/** Remarks that the tables need. */
export function remarks(results: readonly CaseResult[], machine: Machine): string {
  const lines: string[] = [];
  for (const { which, measured, foreignCores } of results) {
    const best = bestOfPyTorch(measured);
    const reference = pytorchReference[which.name];
    if (foreignCores > QUIET) {
      lines.push(
        `${which.name}: other programs used ${foreignCores.toFixed(2)} cores meanwhile: times by the clock are those of a busy machine.`,
      );
    }
    if (!Number.isFinite(best)) continue;
    if (which.kind === 'annealing') {
      lines.push(
        `${which.name}: the time of one temperature, from runs of ${MEASURED_TEMPERATURES} temperatures from the base to the ` +
          `model or of as many as fill a measurement; times ${ANNEALING_TEMPERATURES.toLocaleString('en')} for a whole run.`,
      );
    }
    if (reference === undefined) continue;
    const figures = `PyTorch takes ${milliseconds(best)}; at its best on a Sapphire-Rapids-class processor ${milliseconds(reference)}`;
    if (isConfigured(which.name, best, machine.known) === false) {
      lines.push(`${which.name}: ${figures}: the peer is misconfigured or disturbed, and the ratio void.`);
    } else if (!machine.known) {
      lines.push(
        `${which.name}: ${figures}. This processor is another one: nothing says what PyTorch should take here.`,
      );
    }
  }
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Two threads against one. */
export function threadsLine({ measured, which }: CaseResult): string {
  const walls = (name: string): number[] | undefined => measured.get(name)?.map(({ wall }) => wall);
  const [one, two] = [walls(ownName(1)), walls(ownName(2))];
  if (!one || !two) return 'Two threads against one: not measured, there is only one.';
  const times = ratio(one, two);
  return (
    `Two threads against one, ${which.title}: ${ratioText(times)} times as fast, goal ≥ ${THREADS_GOAL}: ` +
    `${verdict(times.median, THREADS_GOAL, undefined)}.`
  );
}

/** A page against Node, measured in turn. */
export function chromiumLine(measured: Measurements, info: string): string {
  const [page, node] = ['Chromium', 'Node'].map((name) => measured.get(name)?.map(({ wall }) => wall) ?? []) as [
    number[],
    number[],
  ];
  const times = ratio(page, node);
  return (
    `Headless Chromium (${info}): ${milliseconds(median(page))} against ${milliseconds(median(node))} in Node, ` +
    `${ratioText(times)} times as long, goal ≤ ${CHROMIUM_GOAL}: ${times.median <= CHROMIUM_GOAL ? 'met' : 'missed'}.`
  );
}

/** The growth of the cost. */
export function growthTable({ points, exponent }: Growth): string {
  const rows = points.map(({ visible, hidden, batch, milliseconds: time, perProduct }) => [
    `${visible} × ${hidden} × ${batch}`,
    milliseconds(time),
    perProduct.toPrecision(3),
  ]);
  const table = markdownTable(
    ['visible × hidden × batch, CD-1, half on', 'time', 'ns for each product of the three'],
    rows,
  );
  return `${table}\n\nThe cost grows as their product to the power ${exponent.toFixed(3)}, goal ≤ 1: ${
    exponent <= EXPONENT_GOAL ? 'met' : 'missed'
  }.`;
}

/** What tempering costs beside block Gibbs on as many rows. */
export function temperingTable(costs: readonly TemperingCost[]): string {
  return markdownTable(
    ['784×500, 480 rows', 'block Gibbs, PCD-1', '24 rungs × 20 ladders', 'times as long (quartiles)'],
    costs.map(({ what, plain, tempered, ratio: { median, lowerQuartile, upperQuartile } }) => [
      what,
      milliseconds(plain.median),
      milliseconds(tempered.median),
      `${median.toFixed(2)} (${lowerQuartile.toFixed(2)}–${upperQuartile.toFixed(2)})`,
    ]),
  );
}

/** What a step by each optimizer costs beside one of plain gradient descent. */
export function optimizersTable(costs: readonly OptimizerCost[]): string {
  return markdownTable(
    ['784×500, batch 100, CD-1', 'step', 'times as long as sgd (quartiles)', 'processor time', 'goal'],
    costs.map(({ name, wall, ratio: times, processorRatio }) => [
      name,
      milliseconds(wall.median),
      ratioText(times),
      ratioText(processorRatio),
      name !== 'Adam' ? '' : `≤ ${ADAM_GOAL}: ${times.median <= ADAM_GOAL ? 'met' : 'missed'}`,
    ]),
  );
}

/** What pieces of other kinds and of third parties cost beside Bernoulli units and block Gibbs. */
export function compositionTable(costs: readonly CompositionCost[]): string {
  return markdownTable(
    ['784×500, 100 chains, PCD-1', 'a sweep', 'times as long (quartiles)', 'an update', 'times as long (quartiles)'],
    costs.map(({ name, sweep, update, sweepRatio, updateRatio }) => [
      name,
      milliseconds(sweep.median),
      ratioText(sweepRatio),
      milliseconds(update.median),
      ratioText(updateRatio),
    ]),
  );
}

/** The memory of a training. */
export function memoryTable(use: ReadonlyMap<string, MemoryUse>): string {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  const rows = [...use].map(([name, found]) => [
    name,
    mebibytes(found.necessary),
    mebibytes(found.reported),
    mebibytes(found.workspace),
    mebibytes(found.linear),
    found.linear <= mostLinearBytes(found) ? 'within' : 'beyond',
  ]);
  return markdownTable(
    ['training', 'must be held', '`memory()` reports', 'declared workspace', 'WebAssembly memory', ''],
    rows,
  );
}

/** Engines over sizes, each beside the first. */
export function enginesTable(times: readonly EngineTimes[]): string {
  const own = times[0] as EngineTimes;
  const cell = (step: number | string, n: number): string => {
    if (typeof step !== 'number') return step;
    const base = own.steps[n];
    return step === base || typeof base !== 'number'
      ? milliseconds(step)
      : `${milliseconds(step)} (${(base / step).toPrecision(2)}×)`;
  };
  const header = [`CD-1, batch ${ENGINE_BATCH}, half on`, ...engineSizes.map(([v, h]) => `${v}×${h}`)];
  return markdownTable(
    header,
    times.map(({ name, steps }) => [name, ...steps.map(cell)]),
  );
}

/** What computed, where each engine overtakes the first, and what could not be measured. */
export function enginesRemarks(times: readonly EngineTimes[]): string {
  const own = times[0] as EngineTimes;
  const lines = times.map((engine) => {
    const said = `${engine.name}: ${engine.info}`;
    if (engine === own || !engine.steps.some((step) => typeof step === 'number')) return said;
    const from = crossover(own, engine);
    return `${said}. ${from ? `Faster than ${own.name} from ${from.join('×')} on` : `Never faster than ${own.name}`}.`;
  });
  if (!times.some(({ info }) => / GPU \(/.test(info))) lines.push('A real GPU: unmeasured, there is none here.');
  return lines.map((line) => `- ${line}`).join('\n');
}

function sideText({ name, samples }: Side): string {
  return `${milliseconds(median(samples))} (${name.replace('rbm, ', '')})`;
}

function leastWall(measured: Measurements, among: (name: string) => boolean): number {
  return quantile(
    [...measured].flatMap(([name, timings]) => (among(name) ? timings.map(({ wall }) => wall) : [])),
    0,
  );
}

function bestOfPyTorch(measured: Measurements): number {
  const best = fastest(measured, 'wall', (name) => name.startsWith('PyTorch'));
  return best ? median(best.samples) : Number.NaN;
}

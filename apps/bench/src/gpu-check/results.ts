import type { Machine } from '../machine.js';
import { markdownTable, milliseconds } from '../table.js';
import { cardLimits, costOf, type Operation, shareOfLimits } from './cost.js';
import type { Size } from './plan.js';
import type { OpenedSide, Timed, TrainedResult } from './requests.js';
import type { TaskOutcome } from './time-box.js';

/** A card by the account of its driver. */
export interface Card {
  readonly name: string;
  readonly driver: string;
  readonly memory: string;
}

/** The sides of the tables. */
export type SideName = 'device' | 'wasm' | 'torch' | 'torch-graph';

/** A measurement of one side. */
export interface CaseRecord extends Size {
  readonly operation: Operation;
  readonly side: SideName;
  readonly outcome: TaskOutcome<Timed>;
  /** MiB of the card that are in use after it, if the driver tells. */
  readonly cardMemory?: number;
}

/** Everything that was found, written after each case. */
export interface Results {
  readonly date: string;
  readonly form: 'quick' | 'full';
  readonly machine: Machine;
  readonly card?: Card;
  /** How the adapter was reached, or what was tried. */
  readonly notes: string[];
  opened?: OpenedSide;
  wasm?: string;
  torch?: string;
  suite?: { total: number; passed: number; readonly failures: Record<string, string>; ended?: string };
  readonly training: { readonly side: SideName; readonly outcome: TaskOutcome<TrainedResult> }[];
  readonly cases: CaseRecord[];
  complete: boolean;
  seconds?: number;
}

const titles: Readonly<Record<Operation, string>> = {
  'cd-1': 'CD-1, one step with its update',
  gibbs: 'Gibbs, one sweep',
  ais: 'AIS, one temperature',
};

/** "GPU" where graphics hardware answered, and only there. */
export function deviceTitle(opened: OpenedSide | undefined): string {
  return opened?.hardware ? 'GPU' : 'software adapter';
}

/** The results as a page. */
export function resultsMarkdown(results: Results): string {
  const { opened, machine, card, suite, form } = results;
  const device = deviceTitle(opened);
  const lines = [
    `# ${opened?.hardware ? 'GPU' : 'Adapter'} check, ${form}`,
    '',
    ...(results.complete ? [] : ['**Incomplete:** this file is written after each case.', '']),
    `- date: ${results.date}`,
    `- card: ${card ? `${card.name}, driver ${card.driver}, ${card.memory}` : 'nvidia-smi reports none'}`,
    `- adapter: ${opened ? describeAdapter(opened) : 'none yet'}`,
    `- backend: ${opened?.info ?? '–'}`,
    `- limits: ${
      opened
        ? Object.entries(opened.limits)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ') || '–'
        : '–'
    }`,
    `- processor: ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB; Node ${machine.node}`,
    `- WebAssembly: ${results.wasm ?? '–'}`,
    `- PyTorch CUDA: ${results.torch ?? '–'}`,
    ...results.notes.map((note) => `- ${note}`),
    '',
    '## Conformance suite',
    '',
    suite ? suiteLine(suite) : 'Not run.',
    '',
  ];
  for (const operation of Object.keys(titles) as Operation[]) {
    const rows = operationRows(results, operation);
    if (rows.length === 0) continue;
    lines.push(`## ${titles[operation]}`, '', markdownTable(header(device), rows), '');
  }
  if (results.training.length > 0) {
    lines.push('## Training: MNIST 784×500, PCD-1, batch 100', '', trainingTable(results, device), '');
  }
  const reasons = [
    ...new Set(results.cases.flatMap(({ outcome, side }) => ('why' in outcome ? [`${side}: ${outcome.why}`] : []))),
  ];
  if (reasons.length > 0) lines.push('## What was not measured', '', ...reasons.map((reason) => `- ${reason}`), '');
  if (results.seconds !== undefined) lines.push(`Took ${results.seconds.toFixed(0)} s.`, '');
  return lines.join('\n');
}

function describeAdapter({ adapter, hardware }: OpenedSide): string {
  const text = Object.values(adapter).join(' ') || 'unnamed';
  return hardware ? text : `${text} (software, drawn on the processor)`;
}

function suiteLine({ total, passed, failures, ended }: NonNullable<Results['suite']>): string {
  const failed = Object.entries(failures);
  const rest = total - passed - failed.length;
  const counts = `${passed} of ${total} checks passed, ${failed.length} failed${rest > 0 ? `, ${rest} not reached` : ''}`;
  return [
    `${counts}${ended ? ` (${ended})` : ''}.`,
    ...failed.map(([name, why]) => `- ${name}: ${why.split('\n')[0]}`),
  ].join('\n');
}

function header(device: string): string[] {
  return [
    'visible × hidden, batch',
    `${device}: first`,
    device,
    'wasm',
    `wasm / ${device}`,
    'PyTorch CUDA',
    'its best',
    `PyTorch / ${device}`,
    'GFLOP/s',
    'GB/s',
    'of the card’s limit',
    'buffers',
    'card memory',
  ];
}

function operationRows({ cases, card, opened }: Results, operation: Operation): string[][] {
  const of = cases.filter((each) => each.operation === operation);
  const sizes = [...new Map(of.map((each) => [`${each.visible}×${each.hidden}, ${each.batch}`, each])).entries()];
  const limits = card && opened?.hardware ? cardLimits(card.name) : undefined;
  return sizes.map(([title, { visible, hidden, batch }]) => {
    const record = (side: SideName): CaseRecord | undefined =>
      of.find(
        (each) => each.side === side && each.visible === visible && each.hidden === hidden && each.batch === batch,
      );
    const timed = (side: SideName): Timed | undefined => {
      const outcome = record(side)?.outcome;
      return outcome && 'value' in outcome ? outcome.value : undefined;
    };
    const [device, wasm] = [timed('device'), timed('wasm')];
    const peers = (['torch', 'torch-graph'] as const)
      .flatMap((side) => {
        const found = timed(side);
        return found ? [{ side, step: found.step }] : [];
      })
      .sort((a, b) => a.step - b.step);
    const [peer] = peers;
    const cost = costOf(operation, visible, hidden, batch);
    const times = (slow: number | undefined): string =>
      slow === undefined || !device ? '–' : `${Number((slow / device.step).toPrecision(3))}×`;
    const rate = (amount: number): string => (device ? `${Number((amount / device.step / 1e6).toPrecision(3))}` : '–');
    return [
      title,
      time(device?.first),
      time(device?.step),
      time(wasm?.step),
      times(wasm?.step),
      time(peer?.step),
      peer ? (peer.side === 'torch' ? 'steps' : 'graph') : '–',
      times(peer?.step),
      rate(cost.operations),
      rate(cost.bytes),
      device && limits ? `${Number((100 * shareOfLimits(cost, limits, device.step)).toPrecision(2))} %` : 'unknown',
      device ? `${(device.bytes / 2 ** 20).toFixed(1)} MiB` : '–',
      record('device')?.cardMemory === undefined ? '–' : `${record('device')?.cardMemory} MiB`,
    ];
  });
}

function time(value: number | undefined): string {
  return value === undefined ? '–' : milliseconds(value);
}

function trainingTable({ training }: Results, device: string): string {
  const rows = training.map(({ side, outcome }) => {
    const name = side === 'device' ? device : side;
    if ('why' in outcome) return [name, '–', '–', outcome.why, '–', '–'];
    const { seconds, steps, images, logLikelihood, errorOverImages, errorOfLogPartition, effectiveSampleSize } =
      outcome.value;
    return [
      name,
      `${seconds.toFixed(1)} s`,
      `${steps} steps, ${images} images`,
      `${logLikelihood.toFixed(1)} ± ${errorOverImages.toFixed(1)} nats`,
      `± ${errorOfLogPartition.toFixed(2)}`,
      `${effectiveSampleSize.toFixed(0)} of 100`,
    ];
  });
  const columns = [
    '',
    'time',
    'of',
    'log-likelihood, held out (estimated)',
    'of log Z',
    'effective sample size of AIS',
  ];
  return markdownTable(columns, rows);
}

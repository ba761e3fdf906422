import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What the measurements were made on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** Of the last minute, before the measurements: what else ran. */
  readonly load: number;
  /** Whether the figures that the peer is held against were measured on such a processor. */
  readonly known: boolean;
}

/** Describes this machine. */
export function thisMachine(): Machine {
  const processors = cpus();
  const identity = processorIdentity();
  return {
    cpu: `${processors[0]?.model.trim() ?? 'unknown'}${identity ? ` (${identity.text})` : ''}`,
    cores: processors.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    load: loadavg()[0] as number,
    known: identity?.comparable ?? false,
  };
}

/** Sapphire Rapids and Emerald Rapids; Genoa, on two cores of which PyTorch takes as long. */
const comparable: readonly string[] = ['GenuineIntel 6 143', 'GenuineIntel 6 207', 'AuthenticAMD 25 17'];

/** Names of rented machines say little; family and model say which core it is. */
function processorIdentity(): { text: string; comparable: boolean } | undefined {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const [vendor, family, model] = [field('vendor_id'), field('cpu family'), field('model')];
    const megahertz = Math.round(Number(field('cpu MHz')));
    return {
      text: `${vendor} family ${family} model ${model}, ${megahertz} MHz`,
      comparable: comparable.includes(`${vendor} ${family} ${model}`),
    };
  } catch {
    return undefined; // Not Linux.
  }
}

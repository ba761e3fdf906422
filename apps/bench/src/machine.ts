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
    known: identity?.sapphireRapids ?? false,
  };
}

/** Names of rented machines say little; family and model say which core it is. */
function processorIdentity(): { text: string; sapphireRapids: boolean } | undefined {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const [vendor, family, model] = [field('vendor_id'), field('cpu family'), field('model')];
    const megahertz = Math.round(Number(field('cpu MHz')));
    return {
      text: `${vendor} family ${family} model ${model}, ${megahertz} MHz`,
      sapphireRapids: vendor === 'GenuineIntel' && family === '6' && (model === '143' || model === '207'),
    };
  } catch {
    return undefined; // Not Linux.
  }
}

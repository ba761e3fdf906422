import { type EnergyModel, freeEnergy, type Samples } from '@rbm/core';
import type { Buffer, Monitor, MonitorContext } from '@rbm/core/contracts';
import { throwIfAborted } from '@rbm/core/contracts';
import type { MonitorCheckOptions } from '../monitor-suite.js';
import type { ExpectedNumbers } from './subject.js';

/** Monitors to try the suite on: wrong in ways that real ones have been. */
export interface WrongMonitor {
  readonly fault: string;
  readonly options: MonitorCheckOptions;
  /** The check named for what is wrong; others may fail with it. */
  readonly caughtBy: string;
  readonly message: RegExp;
}

/** Free energies of samples, by the backend. */
async function energiesOf({ program, signal }: MonitorContext, samples: Samples): Promise<Float64Array> {
  throwIfAborted(signal);
  const { backend } = program;
  const buffers: Buffer[] = [];
  const keep = (buffer: Buffer): Buffer => {
    buffers.push(buffer);
    return buffer;
  };
  try {
    const visible = keep(program.allocate({ holds: 'states', layer: 0, rows: samples.count }));
    const inputs = keep(program.allocate({ holds: 'inputs', layer: 1, rows: samples.count }));
    const hidden = keep(program.allocate({ holds: 'states', layer: 1, rows: samples.count }));
    const rows = keep(program.allocate({ holds: 'rows', rows: samples.count }));
    backend.write(visible, samples.values);
    program.affine(1, [visible, hidden], inputs);
    program.energy([{ values: visible }, { inputs }], { rows, scale: 1 });
    return await backend.read(rows);
  } finally {
    for (const buffer of buffers) buffer.dispose();
  }
}

const mean = (numbers: ArrayLike<number>): number =>
  Array.from(numbers).reduce((sum, x) => sum + x, 0) / numbers.length;

/** The gap of mean free energies between held-out and training samples, and what a share of random samples has. */
export function gap(): Monitor {
  return {
    specVersion: 1,
    name: 'gap',
    async measure(context) {
      const { train, heldOut, random, step } = context;
      const own = await energiesOf(context, train);
      const chosen = Array.from(
        { length: 50 },
        (_, n) => own[Math.floor(random.uniform(n, 0, step, 0) * own.length)] as number,
      );
      const other = heldOut && (await energiesOf(context, heldOut));
      return { chosenFreeEnergy: mean(chosen), ...(other ? { gap: mean(other) - mean(own) } : {}) };
    },
  };
}

export const expectedGap: ExpectedNumbers = ({ model, train, heldOut }) => {
  const of = (samples: Samples): number => mean(freeEnergy(model as EnergyModel, samples.values));
  return { gap: of(heldOut) - of(train), chosenFreeEnergy: of(train) };
};

type Measure = Monitor['measure'];

/** The same with another way to measure. */
const measuring = (
  change: (right: Measure) => Measure,
  more: Partial<MonitorCheckOptions> = {},
): MonitorCheckOptions => ({
  monitor: () => {
    const right = gap();
    return { ...right, measure: change(right.measure) };
  },
  ...more,
});

export const numbered = (change: (numbers: Record<string, number>) => Record<string, number>): MonitorCheckOptions =>
  measuring((right) => async (context) => change({ ...(await right(context)) }));

export const wrongMonitors: readonly WrongMonitor[] = [
  {
    fault: 'another version of the contract',
    options: { monitor: () => ({ ...gap(), specVersion: 2 as unknown as 1 }) },
    caughtBy: 'manifest',
    message: /specVersion is 2/,
  },
  {
    fault: 'no name',
    options: { monitor: () => ({ ...gap(), name: '' }) },
    caughtBy: 'manifest',
    message: /wanted a name/,
  },
  {
    fault: 'nothing measured',
    options: numbered(() => ({})),
    caughtBy: 'numbers',
    message: /measures nothing/,
  },
  {
    fault: 'a number that is none',
    options: numbered((numbers) => ({ ...numbers, gap: Number.NaN })),
    caughtBy: 'numbers',
    message: /gap is NaN/,
  },
  {
    fault: 'a text for a number',
    options: numbered((numbers) => ({ ...numbers, gap: String(numbers.gap) as never })),
    caughtBy: 'numbers',
    message: /wanted a finite number/,
  },
  {
    fault: 'names with the step in them',
    options: measuring((right) => async (context) => {
      const { gap: found = 0 } = await right(context);
      return { [`gap${context.step}`]: found };
    }),
    caughtBy: 'numbers',
    message: /At the next step it measures/,
  },
  {
    fault: 'held-out samples taken for granted',
    options: measuring((right) => async (context) => ({
      ...(await right(context)),
      heldOut: (context.heldOut as Samples).count,
    })),
    caughtBy: 'what may be missing',
    message: /Without `heldOut` it fails/,
  },
  {
    fault: 'chains taken for granted',
    options: measuring((right) => async (context) => ({
      ...(await right(context)),
      chains: (context.chains as NonNullable<MonitorContext['chains']>).chains,
    })),
    caughtBy: 'what may be missing',
    message: /Without `chains` it fails/,
  },
  {
    fault: 'NaN where the estimator reports nothing',
    options: measuring((right) => async (context) => ({
      ...(await right(context)),
      likelihood: -(context.numbers?.logPartition ?? Number.NaN),
    })),
    caughtBy: 'what may be missing',
    message: /Without `numbers`: likelihood is NaN/,
  },
  {
    fault: 'zeros',
    options: numbered((numbers) => Object.fromEntries(Object.keys(numbers).map((name) => [name, 0]))),
    caughtBy: 'changes',
    message: /whatever the parameters, the samples and the numbers/,
  },
  {
    fault: 'the parameters of the model for the live ones',
    options: measuring((right) => async (context) => {
      const { program } = context;
      const live = await program.backend.read(program.parameters);
      program.backend.write(program.parameters, program.model.parameters);
      try {
        return await right(context);
      } finally {
        program.backend.write(program.parameters, live);
      }
    }),
    caughtBy: 'live parameters',
    message: /after 0 changes of the live parameters/,
  },
  {
    fault: 'numbers kept from the first time',
    options: {
      monitor: () => {
        const right = gap();
        let kept: Promise<Readonly<Record<string, number>>> | undefined;
        return {
          ...right,
          measure: (context) => {
            kept ??= right.measure(context);
            return kept;
          },
        };
      },
    },
    caughtBy: 'live parameters',
    message: /after 1 changes of the live parameters/,
  },
  {
    fault: 'numbers kept for a second time',
    options: {
      monitor: () => {
        const right = gap();
        let calls = 0;
        let kept: Readonly<Record<string, number>> = {};
        return {
          ...right,
          measure: async (context) => {
            if (calls++ % 2 === 0) kept = await right.measure(context);
            return kept;
          },
        };
      },
    },
    caughtBy: 'live parameters',
    message: /after 1 changes of the live parameters/,
  },
  {
    fault: 'a mean over all measurements',
    options: {
      monitor: () => {
        const right = gap();
        const all: number[] = [];
        return {
          ...right,
          measure: async (context) => {
            const { gap: found = 0, ...rest } = await right.measure(context);
            all.push(found + 1e-9 * all.length);
            return { ...rest, gap: mean(all) };
          },
        };
      },
    },
    caughtBy: 'reproducible',
    message: /Measured again/,
  },
  {
    fault: 'numbers that depend on how many monitors there are',
    options: (() => {
      let made = 0;
      return {
        monitor: () => {
          const seed = made++;
          const right = gap();
          return { ...right, measure: (context) => right.measure({ ...context, random: context.random.fork(seed) }) };
        },
      } satisfies MonitorCheckOptions;
    })(),
    caughtBy: 'reproducible',
    message: /by another monitor/,
  },
  {
    fault: 'the same samples at every step',
    options: measuring((right) => (context) => right({ ...context, step: 0 })),
    caughtBy: 'draws',
    message: /`step` is part of the address/,
  },
  {
    fault: 'one number for all samples',
    options: measuring((right) => async (context) => {
      context.random.uniform(0, 0, context.step, 0);
      return right(context);
    }),
    caughtBy: 'draws',
    message: /twice from one address/,
  },
  {
    fault: 'samples that are sorted in place',
    options: measuring((right) => async (context) => {
      const found = await right(context);
      context.train.values.sort();
      return found;
    }),
    caughtBy: 'purity',
    message: /after a measurement/,
  },
  {
    fault: 'live parameters that are set to 0',
    options: measuring((right) => async (context) => {
      const found = await right(context);
      const { program } = context;
      program.backend.write(program.parameters, new Float64Array(program.model.layout.length));
      return found;
    }),
    caughtBy: 'purity',
    message: /after a measurement/,
  },
  {
    fault: 'chains that are swept on',
    options: measuring((right) => async (context) => {
      const found = await right(context);
      const { program, chains, random, step } = context;
      if (chains) program.gibbs(chains.layers, 1, { random: random.fork('on'), step });
      return found;
    }),
    caughtBy: 'purity',
    message: /after a measurement/,
  },
  {
    fault: 'a leaking buffer',
    options: measuring((right) => async (context) => {
      context.program.allocate({ holds: 'rows', rows: 2 });
      return right(context);
    }),
    caughtBy: 'memory',
    message: /live buffers/,
  },
  {
    fault: 'buffers kept when the backend fails',
    options: measuring((right) => async (context) => {
      const room = context.program.allocate({ holds: 'rows', rows: 2 });
      const found = await right(context);
      room.dispose();
      return found;
    }),
    caughtBy: 'memory after a failure',
    message: /failed: found/,
  },
  {
    fault: 'failures that are swallowed',
    options: measuring((right) => async (context) => {
      try {
        return await right(context);
      } catch {
        return { gap: 0 };
      }
    }),
    caughtBy: 'memory after a failure',
    message: /fails on the backend succeeds/,
  },
  {
    fault: 'an abort signal that is not read',
    options: measuring(
      (right) =>
        ({ signal: _, ...context }) =>
          right(context),
    ),
    caughtBy: 'abort',
    message: /wanted code ABORTED/,
  },
  {
    fault: 'buffers kept when it is cancelled',
    options: measuring((right) => async (context) => {
      const room = context.program.allocate({ holds: 'rows', rows: 2 });
      throwIfAborted(context.signal);
      room.dispose();
      return right(context);
    }),
    caughtBy: 'abort',
    message: /that was cancelled/,
  },
  ...(
    [
      ['the flipped sign', (x: number) => -x],
      ['a number in bits instead of nats', (x: number) => x / Math.LN2],
      ['a number 0.1 % too large', (x: number) => 1.001 * x],
    ] as const
  ).map(
    ([fault, change]): WrongMonitor => ({
      fault,
      options: {
        ...numbered(({ gap: found = 0, ...rest }) => ({ ...rest, gap: change(found) })),
        expected: expectedGap,
      },
      caughtBy: 'expected numbers',
      message: /gap, as expected/,
    }),
  ),
  {
    fault: 'the first samples for random ones',
    options: measuring(
      (right) => (context) =>
        right({ ...context, random: { ...context.random, uniform: (n: number) => (n + 0.5) / 5000 } as never }),
      { expected: expectedGap },
    ),
    caughtBy: 'expected numbers',
    message: /chosenFreeEnergy/,
  },
  {
    fault: 'training samples for held-out ones',
    options: measuring((right) => (context) => right({ ...context, heldOut: context.train }), {
      expected: expectedGap,
    }),
    caughtBy: 'expected numbers',
    message: /gap, as expected/,
  },
  {
    fault: 'an expected number that is not there',
    options: { ...numbered(({ gap: _, ...rest }) => rest), expected: expectedGap },
    caughtBy: 'expected numbers',
    message: /gap/,
  },
];

import { cloneModel, type EnergyModel, generator, RbmError } from '@rbm/core';
import type { MonitorContext } from '@rbm/core/contracts';
import { demandMemory, demandSame } from '../demands.js';
import { agree, demand } from '../layers/agreement.js';
import { failingProgram, recordingGenerator } from '../samplers/subject.js';
import { benchOf, type MonitorSubject, measured } from './subject.js';

type Numbers = Readonly<Record<string, number>>;

export function checkManifest({ make }: MonitorSubject): void {
  const { specVersion, name } = make();
  demand(specVersion === 1, `Monitor: specVersion is ${specVersion}, wanted 1.`);
  demand(typeof name === 'string' && name.length > 0, 'Monitor: wanted a name.');
}

function demandNumbers(when: string, numbers: Numbers): void {
  for (const [name, value] of Object.entries(numbers)) {
    demand(name.length > 0, `${when}: a number without a name.`);
    demand(
      typeof value === 'number' && Number.isFinite(value),
      `${when}: ${name} is ${String(value)}, wanted a finite number.`,
    );
  }
}

export async function checkNumbers(subject: MonitorSubject): Promise<void> {
  const found = await measured(subject);
  demand(
    Object.keys(found).length > 0,
    'With held-out samples, chains and the numbers of an estimator it measures nothing, wanted numbers by name. Give `numbers` that it ' +
      'needs.',
  );
  demandNumbers('Of everything', found);
  const names = Object.keys(await measured(subject, { step: 13 })).join(', ');
  const wanted = Object.keys(found).join(', ');
  demand(names === wanted, `At the next step it measures [${names}], wanted [${wanted}] as before.`);
}

/** Held-out samples, chains and numbers may be missing: then it measures less, or from the training data. */
export async function checkOptional(subject: MonitorSubject): Promise<void> {
  for (const missing of ['heldOut', 'chains', 'numbers'] as const) {
    const { backend, context } = await benchOf(subject);
    const { [missing]: _, ...rest } = context;
    let found: Numbers;
    try {
      found = await subject.make().measure(rest);
    } catch (error) {
      throw new Error(`Without \`${missing}\` it fails (${String(error)}), wanted it to measure what it can.`, {
        cause: error,
      });
    } finally {
      await backend.close();
    }
    demandNumbers(`Without \`${missing}\``, found);
  }
}

/** Something has to change what it measures: samples, parameters, chains or numbers. */
export async function checkChanges(subject: MonitorSubject): Promise<void> {
  const { model, train, heldOut, numbers } = subject;
  const plain = JSON.stringify(await measured(subject));
  const turned = (samples: typeof train): typeof train => ({ ...samples, values: samples.values.map((x) => 1 - x) });
  const moved = cloneModel(model);
  moved.parameters.set(model.parameters.map((x) => 1 - 2 * x));
  const others: readonly Partial<MonitorSubject>[] = [
    { model: moved },
    { heldOut: { ...heldOut, values: heldOut.values.slice().reverse() } },
    { heldOut: turned(heldOut) },
    { train: turned(train) },
    { numbers: Object.fromEntries(Object.entries(numbers).map(([name, x]) => [name, x + 1])) },
  ];
  for (const other of others) {
    let found: string;
    try {
      found = JSON.stringify(await measured({ ...subject, ...other }));
    } catch (error) {
      // Values that its units cannot take.
      if (RbmError.isInstance(error) && error.code === 'DATA_INVALID') continue;
      throw error;
    }
    if (found !== plain) return;
  }
  throw new Error(
    `It measures ${plain} whatever the parameters, the samples and the numbers of the estimator, wanted a number that depends on one ` +
      'of them.',
  );
}

/** It measures the live parameters, those of now. */
export async function checkLiveParameters(subject: MonitorSubject): Promise<void> {
  const { model } = subject;
  const moved = cloneModel(model);
  moved.parameters.set(model.parameters.map((x) => 0.5 - x));
  const at = async (where: EnergyModel): Promise<Numbers> => measured({ ...subject, model: where });
  const [here, there] = [await at(model), await at(moved)];
  const { backend, program, context } = await benchOf(subject);
  const monitor = subject.make();
  try {
    for (const [n, [parameters, wanted]] of [
      [moved.parameters, there],
      [model.parameters, here],
      [model.parameters, here],
      [moved.parameters, there],
    ].entries() as IterableIterator<[number, [Float64Array, Numbers]]>) {
      backend.write(program.parameters, parameters);
      const found = await monitor.measure(context);
      compare(
        `Measured after ${n} changes of the live parameters, against a model that begins with them`,
        found,
        wanted,
      );
    }
  } finally {
    await backend.close();
  }
}

function compare(what: string, found: Numbers, wanted: Numbers): void {
  const names = Object.keys(wanted);
  demand(
    Object.keys(found).join() === names.join(),
    `${what}: found [${Object.keys(found).join(', ')}], wanted [${names.join(', ')}].`,
  );
  for (const name of names) demandSame(`${what}: ${name}`, [found[name] as number], [wanted[name] as number]);
}

export async function checkReproducible(subject: MonitorSubject): Promise<void> {
  const { backend, context } = await benchOf(subject);
  const monitor = subject.make();
  try {
    const first = await monitor.measure(context);
    compare('Measured again, all being the same', await monitor.measure(context), first);
    compare('Measured by another monitor', await measured(subject), first);
  } finally {
    await backend.close();
  }
}

/** Random numbers come from the generator that is given, at addresses of the step, each once. */
export async function checkDraws(subject: MonitorSubject): Promise<void> {
  const at = async (step: number): Promise<string[]> => {
    const addresses: string[] = [];
    await measured(subject, { random: recordingGenerator(generator(5), addresses), step });
    return addresses;
  };
  const [here, later] = [await at(12), new Set(await at(13))];
  demand(new Set(here).size === here.length, 'It draws twice from one address of its generator, wanted each once.');
  const again = here.find((address) => later.has(address));
  demand(
    again === undefined,
    `It draws at (${again}) at two steps of the training, wanted other numbers at each: \`step\` is part of the address.`,
  );
}

export async function checkPurity(subject: MonitorSubject): Promise<void> {
  const { backend, program, chains, context } = await benchOf(subject);
  try {
    const read = async (): Promise<number[]> => {
      const buffers = [program.parameters, ...chains.layers];
      const onBackend = (await Promise.all(buffers.map((buffer) => backend.read(buffer)))).flatMap((x) => [...x]);
      const { train, heldOut, model } = subject;
      return [...onBackend, ...model.parameters, ...train.values, ...heldOut.values];
    };
    const before = await read();
    await subject.make().measure(Object.freeze(context));
    demandSame(
      'Live parameters, chains, parameters of the model and samples after a measurement',
      await read(),
      before,
    );
  } finally {
    await backend.close();
  }
}

export async function checkMemory(subject: MonitorSubject): Promise<void> {
  const { backend, context } = await benchOf(subject);
  const monitor = subject.make();
  const baseline = backend.memory();
  for (let n = 0; n < 2; n++) await monitor.measure(context);
  demandMemory('After two measurements', backend.memory(), baseline);
  await backend.close();
}

export async function checkFailures(subject: MonitorSubject): Promise<void> {
  let calls = 1;
  for (let failing = 0; failing < Math.min(calls, 12); failing++) {
    let spied: ReturnType<typeof failingProgram> | undefined;
    const { backend, context } = await benchOf(subject, (plain) => {
      spied = failingProgram(plain, () => failing);
      return spied.program;
    });
    const baseline = backend.memory();
    let failed = false;
    try {
      await subject.make().measure(context);
    } catch (error) {
      failed = true;
      demand(
        RbmError.isInstance(error) && error.code === 'BACKEND_FAILED',
        `A measurement whose operation ${failing} fails on the backend: found ${String(error)}, wanted code BACKEND_FAILED.`,
      );
    }
    calls = Math.max(calls, spied?.calls() ?? 0, failing + 2);
    if (!failed && (spied?.calls() ?? 0) > failing) {
      throw new Error(
        `A measurement whose operation ${failing} fails on the backend succeeds, wanted code BACKEND_FAILED.`,
      );
    }
    demandMemory(`After a measurement whose operation ${failing} failed`, backend.memory(), baseline);
    await backend.close();
    if (!failed) return;
  }
}

/** Operations that a monitor may call although it was cancelled: too few to wait for. */
const FEW = 4;

export async function checkAbort(subject: MonitorSubject): Promise<void> {
  let spied: ReturnType<typeof failingProgram> | undefined;
  const { backend, context } = await benchOf(subject, (plain) => {
    spied = failingProgram(plain, () => -1);
    return spied.program;
  });
  const baseline = backend.memory();
  const signal: MonitorContext['signal'] = { aborted: true, reason: 'the suite' };
  try {
    await subject.make().measure({ ...context, signal });
    const calls = spied?.calls() ?? 0;
    demand(
      calls <= FEW,
      `A measurement whose signal has fired called ${calls} operations and succeeded, wanted code ABORTED: one that takes its time ` +
        'looks at the signal.',
    );
  } catch (error) {
    if (!RbmError.isInstance(error) || error.code !== 'ABORTED') throw error;
  }
  demandMemory('After a measurement that was cancelled', backend.memory(), baseline);
  await backend.close();
}

/** Measurements of a monitor that draws random numbers, whose mean is compared. */
const REPEATS = 40;

export async function checkExpected(subject: MonitorSubject): Promise<void> {
  const { expected, model, train, heldOut, numbers, pace } = subject;
  if (!expected) return;
  const { backend, chains, context } = await benchOf(subject);
  const monitor = subject.make();
  try {
    const values: Record<string, Float64Array> = {};
    for (const [l, name] of model.names.entries()) values[name] = await backend.read(chains.layers[l] as never);
    const wanted = await expected({ model, train, heldOut, numbers, chains: values });
    const found: Numbers[] = [];
    for (let n = 0; n < REPEATS; n++) {
      pace.reach(`measurement ${n} of ${REPEATS}`);
      found.push(await monitor.measure({ ...context, step: n }));
    }
    for (const [name, value] of Object.entries(wanted)) {
      const all = found.map((each) => each[name] as number);
      const mean = all.reduce((sum, x) => sum + x, 0) / REPEATS;
      const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (REPEATS - 1);
      const error = Math.sqrt(variance / REPEATS);
      if (error < 1e-12) agree(`${name}, as expected`, [mean], [value], 1e-9);
      else {
        demand(
          Math.abs(mean - value) <= 6 * error,
          `${name} is ${mean} on average over ${REPEATS} steps, wanted ${value} within 6 standard errors of ${error}.`,
        );
      }
    }
  } finally {
    await backend.close();
  }
}

import { type EnergyModel, generator, RbmError } from '@rbm/core';
import type { ChainSnapshot, Kernel } from '@rbm/core/contracts';
import { demandCode, demandMemory, demandSame, structuredCopy } from '../demands.js';
import { gatherStates, jointDistribution } from '../joint.js';
import { demand } from '../layers/agreement.js';
import {
  bindSampler,
  describeModel,
  eachModel,
  failingProgram,
  recordingGenerator,
  type SamplerSubject,
  spreadPosition,
} from './subject.js';

const CHAINS = 5;

export function checkManifest({ sampler }: SamplerSubject): void {
  demand(sampler.specVersion === 1, `Sampler: specVersion is ${sampler.specVersion}, wanted 1.`);
  demand(typeof sampler.name === 'string' && sampler.name.length > 0, 'Sampler: wanted a name.');
  demand(
    typeof sampler.settings === 'object' && sampler.settings !== null,
    `Sampler "${sampler.name}": settings is ${String(sampler.settings)}, wanted an object of plain data, empty if it has none.`,
  );
  for (const name of ['invariant', 'reversible'] as const) {
    const claim: unknown = sampler.capabilities?.[name];
    demand(
      typeof claim === 'boolean',
      `Sampler "${sampler.name}": capabilities.${name} is ${String(claim)}, wanted true or false.`,
    );
  }
}

/** A snapshot after some sweeps, from a kernel of its own. */
async function run(subject: SamplerSubject, model: EnergyModel, seed: number, sweeps: number): Promise<ChainSnapshot> {
  const { kernel } = await bindSampler(subject.sampler, model);
  const state = await kernel.init(generator(seed), { chains: CHAINS });
  return kernel.save((await kernel.step(state, generator(seed), sweeps)).state);
}

function demandSameChains(what: string, found: ChainSnapshot, wanted: ChainSnapshot): void {
  demand(found.sweeps === wanted.sweeps, `${what}: found ${found.sweeps} sweeps, wanted ${wanted.sweeps}.`);
  for (const [name, values] of Object.entries(wanted.values)) {
    demandSame(`${what}: values of layer "${name}"`, found.values[name] ?? [], values);
  }
}

export async function checkReproducible(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const first = await run(subject, model, 3, 4);
    demandSameChains(
      `Two runs on a ${describeModel(model)} from one seed (the uniforms of an address decide all)`,
      await run(subject, model, 3, 4),
      first,
    );
    const others = await Promise.all([4, 5, 6, 7].map((seed) => run(subject, model, seed, 4)));
    demand(
      others.some(
        (other) => JSON.stringify(Object.values(other.values)) !== JSON.stringify(Object.values(first.values)),
      ),
      `On a ${describeModel(model)}, five seeds give the same chains, wanted different ones: draw from the generator given.`,
    );
  });
}

export async function checkSnapshots(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const random = generator(8);
    const { kernel } = await bindSampler(subject.sampler, model);
    const started = await kernel.init(random, { chains: CHAINS });
    const { state: middle } = await kernel.step(started, random, 3);
    const saved = structuredCopy('A chain snapshot', await kernel.save(middle));
    demand(saved.chains === CHAINS, `Snapshot: chains is ${saved.chains}, wanted ${CHAINS}.`);
    demand(
      saved.sweeps === 3,
      `Snapshot after 3 sweeps: sweeps is ${saved.sweeps}, wanted 3: the step of the next uniforms.`,
    );
    const live = await kernel.save(middle);
    const kept = structuredCopy('A chain snapshot', live);
    const original = await finish(kernel, middle);
    demand(
      JSON.stringify(live) === JSON.stringify(kept),
      'A snapshot changes with the chains that it was made of, wanted a copy.',
    );
    const { kernel: other } = await bindSampler(subject.sampler, model);
    const resumed = await finish(other, await other.load(saved));
    demandSameChains('4 sweeps after a snapshot was loaded by another kernel', resumed, original);
    demand(
      JSON.stringify(resumed.extra) === JSON.stringify(original.extra),
      'A resumed run remembers other things (`extra`) than the one that went on, wanted the same bit for bit.',
    );
  });
}

async function finish(kernel: Kernel, state: Awaited<ReturnType<Kernel['init']>>): Promise<ChainSnapshot> {
  return kernel.save((await kernel.step(state, generator(8), 4)).state);
}

export async function checkState(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const position = spreadPosition(model, CHAINS);
    const started = await kernel.init(generator(2), position);
    demand(started.chains === CHAINS, `A state of ${CHAINS} chains says it has ${started.chains}.`);
    demand(started.sweeps === 0, `A state from init has done ${started.sweeps} sweeps, wanted 0.`);
    for (const [l, name] of model.names.entries()) {
      const buffer = started.layers[l];
      demand(buffer !== undefined, `The state has no buffer for layer "${name}", wanted one a layer, in order.`);
      const wanted = position.values?.[name] as Float64Array;
      demandSame(`init at a position: layer "${name}"`, await backend.read(buffer), wanted);
    }
    const { state, info } = await kernel.step(started, generator(2), 2);
    demand(state.sweeps === 2, `After a step of 2 sweeps the state has done ${state.sweeps}, wanted 2.`);
    for (const [l, layer] of model.layers.entries()) {
      const invalid = layer.findInvalid(await backend.read(state.layers[l] as never), 'states');
      demand(invalid < 0, `After 2 sweeps number ${invalid} of layer "${model.names[l]}" is no state of its units.`);
    }
    for (const [name, value] of Object.entries(info)) {
      demand(Number.isFinite(value), `info.${name} is ${String(value)}, wanted a finite number.`);
    }
    state.dispose();
    program.dispose();
  });
}

export async function checkPurity(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const parameters = model.parameters.slice();
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const position = spreadPosition(model, CHAINS);
    const values = structuredCopy('A position', position.values ?? {});
    const random = Object.freeze(generator(2));
    const { state } = await kernel.step(await kernel.init(random, Object.freeze(position)), random, 3);
    state.dispose();
    demandSame('Parameters of the model after 3 sweeps: sampling leaves them alone', model.parameters, parameters);
    const live = await backend.read(program.parameters);
    demandSame('Live parameters after 3 sweeps: sampling leaves them alone', live, parameters);
    for (const [name, given] of Object.entries(values)) {
      demandSame(`Starting values of layer "${name}" after 3 sweeps`, position.values?.[name] as Float64Array, given);
    }
  });
}

export async function checkConsumed(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { kernel } = await bindSampler(subject.sampler, model);
    const used = await kernel.init(generator(1), { chains: 2 });
    const { state } = await kernel.step(used, generator(1), 1);
    await demandCode('A step from a state that was given to a step before', 'STATE_CONSUMED', () =>
      kernel.step(used, generator(1), 1),
    );
    await demandCode('Saving a state that was given to a step before', 'STATE_CONSUMED', () => kernel.save(used));
    used.dispose();
    // The refused state shares its buffers with the live one, which goes on.
    (await kernel.step(state, generator(1), 1)).state.dispose();
  });
}

export async function checkMemory(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const { state } = await kernel.step(await kernel.init(generator(1), { chains: 3 }), generator(1), 2);
    const copy = await kernel.load(await kernel.save(state));
    state.dispose();
    state.dispose();
    copy.dispose();
    program.dispose();
    const when = `On a ${describeModel(model)}, after two sweeps, a snapshot and dispose of all states and the program`;
    demandMemory(when, backend.memory(), { buffers: 0, bytes: 0 });
  });
}

export async function checkFailures(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const calls = await callsOfStep(subject, model);
    for (let failing = 0; failing < Math.min(calls, 12); failing++) {
      let target = -1;
      let spied: ReturnType<typeof failingProgram> | undefined;
      const { backend, program, kernel } = await bindSampler(subject.sampler, model, (plain) => {
        spied = failingProgram(plain, () => target);
        return spied.program;
      });
      const state = await kernel.init(generator(1), { chains: 3 });
      target = (spied?.calls() ?? 0) + failing;
      await demandCode(`A step whose operation ${failing} fails on the backend`, 'BACKEND_FAILED', () =>
        kernel.step(state, generator(1), 1),
      );
      program.dispose();
      demandMemory(`After a step whose operation ${failing} failed`, backend.memory(), { buffers: 0, bytes: 0 });
    }
  });
}

/** How many operations one sweep takes. */
async function callsOfStep(subject: SamplerSubject, model: EnergyModel): Promise<number> {
  let spied: ReturnType<typeof failingProgram> | undefined;
  const { kernel } = await bindSampler(subject.sampler, model, (plain) => {
    spied = failingProgram(plain, () => -1);
    return spied.program;
  });
  const state = await kernel.init(generator(1), { chains: 3 });
  const before = spied?.calls() ?? 0;
  await kernel.step(state, generator(1), 1);
  return (spied?.calls() ?? 0) - before;
}

export async function checkAbort(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const state = await kernel.init(generator(1), { chains: 3 });
    await demandCode('A step whose signal has fired', 'ABORTED', () =>
      kernel.step(state, generator(1), 1, { signal: { aborted: true, reason: 'the suite' } }),
    );
    program.dispose();
    demandMemory('After an aborted step', backend.memory(), { buffers: 0, bytes: 0 });
    await checkLateAbort(subject, model);
  });
}

/** More sweeps than anyone would wait for whose signal has fired. */
const SWEEPS = 40;

/** A signal that fires while a step is at work: a kernel that waits between sweeps has to look at it then. */
async function checkLateAbort(subject: SamplerSubject, model: EnergyModel): Promise<void> {
  const ofSweep = await callsOfStep(subject, model);
  let spied: ReturnType<typeof failingProgram> | undefined;
  const { backend, kernel, program } = await bindSampler(subject.sampler, model, (plain) => {
    spied = failingProgram(plain, () => -1);
    return spied.program;
  });
  const state = await kernel.init(generator(1), { chains: 3 });
  const signal = { aborted: false, reason: 'the suite' };
  const stepping = kernel.step(state, generator(1), SWEEPS, { signal });
  // What was done at once, before anyone else had his turn, no signal could have stopped.
  const before = spied?.calls() ?? 0;
  signal.aborted = true;
  let aborted = false;
  try {
    (await stepping).state.dispose();
  } catch (error) {
    if (!RbmError.isInstance(error) || error.code !== 'ABORTED') throw error;
    aborted = true;
  }
  const late = (spied?.calls() ?? 0) - before;
  demand(
    late <= 2 * ofSweep && (aborted || late <= ofSweep),
    `On a ${describeModel(model)}, a step of ${SWEEPS} sweeps called ${late} operations after its signal had fired` +
      `${aborted ? '' : ', and then succeeded'}; wanted code ABORTED after at most a sweep, which takes ${ofSweep}: look at the ` +
      'signal after each sweep.',
  );
  program.dispose();
  demandMemory('After a step that was aborted on its way', backend.memory(), { buffers: 0, bytes: 0 });
}

export async function checkErrors(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const { backend, kernel, program } = await bindSampler(subject.sampler, model);
    const baseline = backend.memory();
    const random = generator(1);
    const name = model.names[0] as string;
    const one = spreadPosition(model, 1).values?.[name] as Float64Array;
    await demandCode('init of 0 chains', 'ARGUMENT_INVALID', () => kernel.init(random, { chains: 0 }));
    await demandCode('init of 1.5 chains', 'ARGUMENT_INVALID', () => kernel.init(random, { chains: 1.5 }));
    await demandCode('init of 2 chains with values for 1', 'SHAPE_MISMATCH', () =>
      kernel.init(random, { chains: 2, values: { [name]: one } }),
    );
    await demandCode('init with NaN for a value', 'DATA_INVALID', () =>
      kernel.init(random, { chains: 1, values: { [name]: one.map(() => Number.NaN) } }),
    );
    await demandCode('init with values of a layer that is not there', 'ARGUMENT_INVALID', () =>
      kernel.init(random, { chains: 1, values: { 'no such layer': one } }),
    );
    for (const sweeps of [-1, 0.5, Number.NaN]) {
      const state = await kernel.init(random, { chains: 1 });
      await demandCode(`A step of ${sweeps} sweeps`, 'ARGUMENT_INVALID', () => kernel.step(state, random, sweeps));
      state.dispose();
    }
    await demandCode('Loading a snapshot without the values of a layer', 'ARGUMENT_INVALID', () =>
      kernel.load({ chains: 1, sweeps: 0, values: {} }),
    );
    demandMemory('After calls that were refused', backend.memory(), baseline);
    program.dispose();
  });
}

export async function checkUniforms(subject: SamplerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    const joint = jointDistribution(model, 64);
    const { kernel } = await bindSampler(subject.sampler, model);
    let wanted: string | undefined;
    for (let start = 0; start < joint.count; start++) {
      for (let seed = 1; seed <= 4; seed++) {
        const addresses: string[] = [];
        const state = await kernel.init(generator(seed), { chains: 1, values: gatherStates(joint, [start]) });
        (await kernel.step(state, recordingGenerator(generator(seed), addresses), 1)).state.dispose();
        const found = addresses.sort().join('; ');
        wanted ??= found;
        demand(
          found === wanted,
          `On a ${describeModel(model)}, a sweep from state ${start} draws at [${found}], wanted [${wanted}] as from state 0: ` +
            '`capabilities.fixedUniforms` claims the same draws whatever the values.',
        );
      }
    }
  });
}

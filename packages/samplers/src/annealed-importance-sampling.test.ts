import {
  condition,
  type EnergyModel,
  enumerate,
  generator,
  logit,
  meanAndStandardError,
  parameter,
  reference,
  type Samples,
  sampleWidth,
  visibleDistribution,
} from '@rbm/core';
import { type Buffer, type Layer, layerParametersLength, type Program } from '@rbm/core/contracts';
import {
  errorsInStandardErrors,
  type JudgedEstimate,
  override,
  randomDeepBoltzmannMachine,
  randomRbm,
  rootMeanSquareOfErrors,
} from '@rbm/testkit';
import { describe, expect, it } from 'vitest';
import {
  type AnnealingOptions,
  annealedImportanceSampling,
  type PartitionEstimate,
} from './annealed-importance-sampling.js';
import { baseRates, ownBase } from './base.js';

/** Runs on a program of its own, perhaps a tampered one. */
async function anneal(
  model: EnergyModel,
  options: Partial<AnnealingOptions> = {},
  tamper: (program: Program) => Program = (program) => program,
): Promise<PartitionEstimate> {
  const program = tamper(await reference().prepare(model));
  return annealedImportanceSampling({ program, base: ownBase(model), random: generator(1), ...options });
}

/** The model's own visible distribution as weighted data. */
function exactData(model: EnergyModel): Samples {
  const { states, probabilities, count } = visibleDistribution(model);
  return { values: states, count, width: sampleWidth(model), weights: probabilities.map((p) => 100 * p) };
}

describe('the errors of annealedImportanceSampling in its own standard errors', () => {
  /** So few that weights scatter, so many that most chains carry the estimate. */
  const temperatures = 10;
  const chains = 200;

  function judge(
    seed: number,
    tamper?: (program: Program) => Program,
    tamperModel: (model: EnergyModel) => EnergyModel = (model) => model,
  ): Promise<JudgedEstimate & { effectiveSampleSize: number }> {
    return judgeModel(randomRbm({ visible: 8, hidden: 5, scale: 1, seed }), seed, tamper, tamperModel);
  }

  async function judgeModel(
    model: EnergyModel,
    seed: number,
    tamper?: (program: Program) => Program,
    tamperModel: (model: EnergyModel) => EnergyModel = (model) => model,
  ): Promise<JudgedEstimate & { effectiveSampleSize: number }> {
    const exact = (await enumerate(model)).logPartition;
    const base = baseRates(model, exactData(model));
    const options = { base, random: generator(1000 + seed), chains, temperatures };
    const { logPartition: estimate, ...rest } = await anneal(tamperModel(model), options, tamper);
    return { estimate, exact, ...rest };
  }

  const seeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

  it('have a root mean square near 1 over 150 models, and a mean near 0', async () => {
    let smallest = chains;
    const errors = await errorsInStandardErrors(seeds(150), async (seed) => {
      const judged = await judge(seed);
      smallest = Math.min(smallest, judged.effectiveSampleSize);
      return judged;
    });
    const { mean, standardError } = meanAndStandardError(errors);
    // Error bars mean something only while many chains carry the estimate.
    expect(smallest).toBeGreaterThan(chains / 4);
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(0.7);
    expect(rootMeanSquareOfErrors(errors)).toBeLessThan(1.4);
    expect(Math.abs(mean)).toBeLessThan(4 * standardError);
  });

  it.each<[string, ((program: Program) => Program) | undefined, ((model: EnergyModel) => EnergyModel) | undefined]>([
    [
      'one energy of each pair is taken at a temperature that is off by a fiftieth of a step',
      wrongTemperature,
      undefined,
    ],
    ['all moves are made at the temperature of the model', hotMoves, undefined],
    ['weights are taken after the move', lateWeights, undefined],
    ['only half of the hidden units are summed out', undefined, halfSummedOut],
  ])('are too large if %s', async (_, tamper, tamperModel) => {
    const errors = await errorsInStandardErrors(seeds(100), (seed) => judge(seed, tamper, tamperModel));
    expect(rootMeanSquareOfErrors(errors)).toBeGreaterThan(1.4);
  });

  function wrongTemperature(program: Program): Program {
    return override(program, {
      energy: (assignment, target, path) => {
        const beta = path?.beta as number;
        const wrong = target.scale < 0 ? beta - 0.02 / temperatures : beta;
        program.energy(assignment, target, path?.base ? { ...path, beta: wrong } : path);
      },
    });
  }

  function hotMoves(program: Program): Program {
    return override(program, {
      sample: (layer, inputs, out, site, path) =>
        program.sample(layer, inputs, out, site, path?.base && path.beta !== 0 ? { ...path, beta: 1 } : path),
    });
  }

  function lateWeights(program: Program): Program {
    let late: (() => void)[] = [];
    return override(program, {
      energy: (assignment, target, path) => {
        const [{ values }, { inputs }] = assignment as [{ values: Buffer }, { inputs: Buffer }];
        late.push(() => {
          program.affine(1, [values, values], inputs);
          program.energy(assignment, target, path);
        });
      },
      sample: (layer, inputs, out, site, path) => {
        program.sample(layer, inputs, out, site, path);
        if (layer !== 0 || site.step === 0) return;
        for (const energy of late) energy();
        late = [];
      },
    });
  }

  function halfSummedOut(model: EnergyModel): EnergyModel {
    const [visible, hidden] = model.layers as [Layer, Layer];
    const half: Layer = {
      ...hidden,
      cgf: (parameters, inputs, out) => {
        hidden.cgf(parameters, inputs, out);
        for (let at = 0; at < out.length; at += 2) out[at] = 0;
      },
    };
    return { ...model, layers: [visible, half] };
  }
});

describe('annealedImportanceSampling', () => {
  const model = randomRbm({ visible: 6, hidden: 4, scale: 1, seed: 3 });

  it('has weights whose mean is Z / Z_base, however fast it anneals', async () => {
    const { logPartition } = await enumerate(model);
    const weights: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const run = await anneal(model, { random: generator(seed), chains: 50, temperatures: 3 });
      const logBase = run.logPartition - Math.log(run.logWeights.reduce((sum, w) => sum + Math.exp(w), 0) / 50);
      run.logWeights.forEach((w) => void weights.push(Math.exp(w + logBase - logPartition)));
    }
    const { mean, standardError } = meanAndStandardError(weights);
    expect(standardError).toBeLessThan(0.02);
    expect(Math.abs(mean - 1)).toBeLessThan(4 * standardError);
  });

  it('is exact without weights: every chain weighs the same', async () => {
    const still = randomRbm({ visible: 5, hidden: 3, scale: 1, seed: 4 });
    parameter(still, 'weights').fill(0);
    const run = await anneal(still, { chains: 7, temperatures: 5 });
    expect(run.logPartition).toBeCloseTo((await enumerate(still)).logPartition, 12);
    expect(run.effectiveSampleSize).toBeCloseTo(7, 10);
    expect(run.standardError).toBeLessThan(1e-7);
  });

  it('derives its error and effective sample size from the weights', async () => {
    const run = await anneal(model, { chains: 40, temperatures: 4 });
    const weights = run.logWeights.map((w) => Math.exp(w));
    const { mean, standardError } = meanAndStandardError(weights);
    const squares = weights.reduce((sum, w) => sum + w * w, 0);
    expect(run.logWeights).toHaveLength(40);
    expect(run.effectiveSampleSize).toBeCloseTo((40 * mean) ** 2 / squares, 10);
    expect(run.standardError).toBeCloseTo(standardError / mean, 10);
    expect((await anneal(model, { chains: 1, temperatures: 4 })).standardError).toBeNaN();
  });

  it.each([
    ['a conditioned machine', condition(model, [1, 0, 1, 0, 0, 0], Float64Array.of(1, 0, 0, 0, 0, 0))],
    ['a machine with all visible units clamped', condition(model, [1, 1, 1, 1, 1, 1], new Float64Array(6).fill(1))],
    ['a deep machine', randomDeepBoltzmannMachine({ widths: [4, 3, 3], scale: 0.8, seed: 5 })],
    ['a deeper machine', randomDeepBoltzmannMachine({ widths: [3, 2, 3, 2], scale: 0.8, seed: 6 })],
  ])('estimates log Z of %s', async (_, other) => {
    const { logPartition } = await enumerate(other);
    const run = await anneal(other, { chains: 500, temperatures: 40 });
    expect(Math.abs(run.logPartition - logPartition)).toBeLessThan(4 * run.standardError + 1e-12);
    expect(run.effectiveSampleSize).toBeGreaterThan(250);
  });

  it('has less noise from the rates of the data than from afar, and the same expectation', async () => {
    const { logPartition } = await enumerate(model);
    const near = await anneal(model, { base: baseRates(model, exactData(model)), chains: 400, temperatures: 10 });
    const far = await anneal(model, {
      base: ownBase(model).map((x, i) => (i < layerParametersLength(model) ? x - 2 : 0)),
      chains: 400,
      temperatures: 10,
    });
    expect(near.standardError).toBeLessThan(far.standardError);
    for (const run of [near, far]) {
      expect(Math.abs(run.logPartition - logPartition)).toBeLessThan(4 * run.standardError);
    }
  });

  it('uses the live parameters of the program', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const other = randomRbm({ visible: 6, hidden: 4, scale: 0.5, seed: 9 });
    backend.write(program.parameters, other.parameters);
    const options = { program, base: ownBase(other), random: generator(2), chains: 300, temperatures: 30 };
    const run = await annealedImportanceSampling(options);
    expect(Math.abs(run.logPartition - (await enumerate(other)).logPartition)).toBeLessThan(4 * run.standardError);
  });

  it('is the same for the same seed', async () => {
    const run = (seed: number) => anneal(model, { random: generator(seed), chains: 5, temperatures: 5 });
    expect(await run(1)).toEqual(await run(1));
    expect((await run(1)).logWeights).not.toEqual((await run(2)).logWeights);
  });

  it('tells how far it is', async () => {
    const seen: number[] = [];
    await anneal(model, { chains: 2, temperatures: 20, progress: (done) => void seen.push(done) });
    expect(seen.at(-1)).toBe(20);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  it('returns its memory after success, abort and failure', async () => {
    const backend = reference();
    const program = await backend.prepare(model);
    const baseline = backend.memory();
    const options = { program, base: ownBase(model), random: generator(1), chains: 4, temperatures: 50 };
    await annealedImportanceSampling(options);
    expect(backend.memory()).toEqual(baseline);

    const controller = new AbortController();
    const stop = (done: number): void => void (done > 10 && controller.abort());
    const aborted = annealedImportanceSampling({ ...options, signal: controller.signal, progress: stop });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(backend.memory()).toEqual(baseline);

    const energy = (): never => {
      throw new Error('no device');
    };
    const failing = annealedImportanceSampling({ ...options, program: override(program, { energy }) });
    await expect(failing).rejects.toThrow('no device');
    expect(backend.memory()).toEqual(baseline);

    const base = new Float64Array(model.layout.length).fill(Number.NaN, 0, layerParametersLength(model));
    await expect(annealedImportanceSampling({ ...options, base })).rejects.toMatchObject({ code: 'NOT_FINITE' });
    expect(backend.memory()).toEqual(baseline);
  });

  it.each([
    [{ chains: 0 }, 'ARGUMENT_INVALID'],
    [{ chains: 1.5 }, 'ARGUMENT_INVALID'],
    [{ temperatures: 0 }, 'ARGUMENT_INVALID'],
    [{ temperatures: Number.NaN }, 'ARGUMENT_INVALID'],
    [{ base: new Float64Array(3) }, 'SHAPE_MISMATCH'],
  ])('refuses %o', async (wrong, code) => {
    const backend = reference();
    const program = await backend.prepare(model);
    const baseline = backend.memory();
    const refused = annealedImportanceSampling({ program, base: ownBase(model), random: generator(1), ...wrong });
    await expect(refused).rejects.toMatchObject({ code });
    expect(backend.memory()).toEqual(baseline);
  });
});

describe('baseRates', () => {
  const model = randomRbm({ visible: 2, hidden: 3, scale: 1, seed: 3 });
  const samples = { values: Uint8Array.of(1, 0, 1, 0, 1, 1, 0, 0), count: 4, width: 2 };

  it('has the rates of the data on the visible units, and neither biases on the hidden ones nor weights', () => {
    const base = baseRates(model, samples);
    // One featureless sample is added: (3 + 1/2) / 5 and (1 + 1/2) / 5.
    expect(base[0]).toBeCloseTo(logit(0.7), 14);
    expect(base[1]).toBeCloseTo(logit(0.3), 14);
    expect(base.subarray(2)).toEqual(new Float64Array(3 + 6));
  });

  it('counts weighted samples as often as their weights say', () => {
    const weights = Float64Array.of(2, 1, 1);
    expect(baseRates(model, { values: Uint8Array.of(1, 0, 1, 1, 0, 0), count: 3, width: 2, weights })).toEqual(
      baseRates(model, samples),
    );
  });

  it('serves deep models', () => {
    const deep = randomDeepBoltzmannMachine({ widths: [2, 2, 2], scale: 1, seed: 1 });
    const base = baseRates(deep, samples);
    expect(base[0]).toBeCloseTo(logit(0.7), 14);
    expect(base.subarray(2)).toEqual(new Float64Array(base.length - 2));
  });

  it('refuses samples that do not fit', () => {
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => baseRates(model, { ...samples, values: Float64Array.of(1, 2, 0, 0, 0, 0, 0, 0) })).toThrow(
      refusal('DATA_INVALID'),
    );
    expect(() => baseRates(model, { ...samples, count: 3 })).toThrow(refusal('SHAPE_MISMATCH'));
    expect(() => baseRates(model, { values: samples.values, count: 8, width: 1 })).toThrow(refusal('SHAPE_MISMATCH'));
    expect(() => baseRates(model, { values: samples.values, count: 2, width: 4 })).toThrow(refusal('SHAPE_MISMATCH'));
  });
});

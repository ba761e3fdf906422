import { type EnergyModel, reference } from '@rbm/core';
import { builtInOptimizer, type OptimizerKind, projectConstraints } from '@rbm/core/contracts';
import { demandSame, structuredCopy } from '../demands.js';
import { agree, demand, demandFinite } from '../layers/agreement.js';
import { eachModel, gradients, type OptimizerSubject, Run } from './subject.js';

export function checkManifest({ make }: OptimizerSubject): void {
  const { specVersion, kind, settings, slots } = make();
  demand(specVersion === 1, `Optimizer: specVersion is ${specVersion}, wanted 1.`);
  demand(typeof kind === 'string' && kind.length > 0, 'Optimizer: wanted a kind, `vendor/name`.');
  demand(typeof settings === 'object' && settings !== null, 'Optimizer: wanted settings, {} if it has none.');
  for (const [name, value] of Object.entries(settings)) {
    demand(
      Number.isFinite(value),
      `Optimizer "${kind}": settings.${name} is ${String(value)}, wanted a finite number: settings go to run files.`,
    );
  }
  demand(Array.isArray(slots), `Optimizer "${kind}": slots is ${String(slots)}, wanted a list of names, [] for none.`);
  demand(
    new Set(slots).size === slots.length && slots.every((name) => typeof name === 'string' && name.length > 0),
    `Optimizer "${kind}": slots are [${slots.join(', ')}], wanted different names.`,
  );
}

/** `init` makes arrays of its own, laid out like the parameters. */
export async function checkSlots(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, (model) => {
    const optimizer = subject.make();
    const before = model.parameters.slice();
    const [first, second] = [optimizer.init(model), optimizer.init(model)];
    demand(
      first.length === optimizer.slots.length,
      `init makes ${first.length} arrays, wanted one for each of [${optimizer.slots.join(', ')}].`,
    );
    for (const [n, name] of optimizer.slots.entries()) {
      const [a, b] = [first[n], second[n]] as [Float64Array, Float64Array];
      demand(
        a instanceof Float64Array && a.length === model.layout.length,
        `Slot "${name}" has ${a?.length} numbers, wanted a Float64Array of ${model.layout.length}, laid out like the parameters.`,
      );
      demandFinite(`Slot "${name}" at the start`, a);
      const kept = b.slice();
      a.fill(7);
      demandSame(`Slot "${name}" of a second init, after the first was overwritten: each has its own`, b, kept);
    }
    demandSame('Parameters of the model after init', model.parameters, before);
  });
}

/** A rate of 0 moves nothing from the start; each step goes at its own rate. */
export async function checkRate(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, (model) => {
    const [first, second] = gradients(model, 2, 1) as [Float64Array, Float64Array];
    const still = new Run(subject.make(), model);
    still.step(first, 0);
    demandSame('Parameters after a first step at rate 0', still.parameters, model.parameters);
    const at = (rates: readonly [number, number]): Float64Array => {
      const run = new Run(subject.make(), model);
      run.step(first, rates[0]);
      run.step(second, rates[1]);
      return run.parameters;
    };
    const { rate } = subject;
    const [one, other, early] = [at([rate, rate]), at([rate, rate / 2]), at([rate / 2, rate])];
    for (const [what, changed] of [
      ['second', other],
      ['first', early],
    ] as const) {
      demand(
        changed.some((x, i) => x !== one[i]),
        `Parameters after two steps are the same at half the rate of the ${what}, wanted steps at the \`rate\` that is given.`,
      );
    }
  });
}

/** Steps along the gradients of a bowl go down, in every array of parameters. */
export async function checkDescent(subject: OptimizerSubject): Promise<void> {
  const steps = 400;
  await eachModel(subject, (model) => {
    const size = model.layout.length;
    const start = new Float64Array(size);
    for (const { offset, length, minimum } of model.layout.arrays) {
      if (Number.isFinite(minimum)) start.fill(minimum + 0.5, offset, offset + length);
    }
    const aims = start.map((x, i) => x + (i % 3 === 0 || x > 0 ? 1.5 : -1.5));
    const bends = start.map((_, i) => 0.5 + (i % 4) / 2);
    const costs = (x: Float64Array): Float64Array =>
      x.map((value, i) => ((bends[i] as number) * (value - (aims[i] as number)) ** 2) / 2);
    const run = new Run(subject.make(), { ...model, parameters: start });
    for (let step = 0; step < steps; step++) {
      subject.pace.reach(`step ${step} of ${steps}`);
      const slope = run.parameters.map((x, i) => (bends[i] as number) * (x - (aims[i] as number)));
      run.step(slope, subject.rate);
      if (step > 0) continue;
      const along = run.parameters.reduce((sum, x, i) => sum + (x - (start[i] as number)) * (slope[i] as number), 0);
      demand(along < 0, `The first step goes ${along} along the gradient, wanted less than 0: it descends.`);
    }
    const [before, after] = [costs(start), costs(run.parameters)];
    for (const { name, offset, length } of model.layout.arrays) {
      const sum = (x: Float64Array): number => x.subarray(offset, offset + length).reduce((total, c) => total + c, 0);
      demand(
        sum(after) < 0.9 * sum(before),
        `A quadratic cost of ${name} went from ${sum(before)} to ${sum(after)} in ${steps} steps at rate ${subject.rate}, wanted it to ` +
          'fall by a tenth at least. Give another `rate` if that one does not suit the optimizer.',
      );
      for (let i = offset; i < offset + length; i++) {
        demand(run.parameters[i] !== start[i], `Number ${i - offset} of ${name} was not moved in ${steps} steps.`);
      }
    }
  });
}

/** No gradient makes infinities: none at all, tiny and huge ones. */
export async function checkFinite(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, (model) => {
    for (const size of [0, 1e-300, 1e-20, 1e30]) {
      const run = new Run(subject.make(), model);
      for (const gradient of gradients(model, 3, 2)) {
        run.step(
          gradient.map((g) => size * g),
          subject.rate,
        );
      }
      demandFinite(`Parameters after three gradients of size ${size}`, run.parameters);
      for (const [n, slot] of run.slots.entries()) {
        demandFinite(`Slot "${run.optimizer.slots[n]}" after three gradients of size ${size}`, slot);
      }
    }
  });
}

/** Another optimizer goes on from the slots and the count of steps, bit for bit: that is all there is to save. */
export async function checkResume(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, (model) => {
    const along = gradients(model, 7, 3);
    const whole = new Run(subject.make(), model);
    for (const gradient of along.slice(0, 4)) whole.step(gradient, subject.rate);
    // A training moves parameters too: onto their minimums, or back to an earlier step.
    whole.parameters.forEach((x, i) => {
      whole.parameters[i] = x + 0.25;
    });
    const slots = structuredCopy('The slots', whole.slots);
    const resumed = new Run(subject.make(), model, { parameters: whole.parameters, slots, steps: whole.steps });
    for (const gradient of along.slice(4)) {
      whole.step(gradient, subject.rate);
      resumed.step(gradient, subject.rate);
    }
    demandSame(
      'Parameters of another optimizer that went on from parameters and slots after 4 steps: what is remembered is in slots, and the ' +
        'count of steps is given',
      resumed.parameters,
      whole.parameters,
    );
  });
}

/** Two models by turns are as two optimizers. */
export async function checkInterleaved(subject: OptimizerSubject): Promise<void> {
  const along = subject.models.map((model, n) => gradients(model, 4, 4 + n));
  const taken: number[] = [];
  await eachModel(subject, (model) => {
    taken.push(subject.models.indexOf(model));
  });
  const shared = subject.make();
  // A single model counts twice.
  const models = taken.length > 1 ? taken : [...taken, ...taken];
  const together = models.map((n) => new Run(shared, subject.models[n] as EnergyModel));
  const apart = models.map((n) => new Run(subject.make(), subject.models[n] as EnergyModel));
  for (let step = 0; step < 4; step++) {
    models.forEach((n, at) => {
      together[at]?.step(along[n]?.[step] as Float64Array, subject.rate);
    });
  }
  models.forEach((n, at) => {
    for (let step = 0; step < 4; step++) apart[at]?.step(along[n]?.[step] as Float64Array, subject.rate);
    demandSame(
      'Parameters of one optimizer that moved several models by turns: as of an optimizer each',
      (together[at] as Run).parameters,
      (apart[at] as Run).parameters,
    );
  });
}

/** A step changes the parameters, the slots and the gradient, and nothing else. */
export async function checkPurity(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, (model) => {
    const optimizer = subject.make();
    const [layout, settings] = [JSON.stringify(model.layout), JSON.stringify(optimizer.settings)];
    const before = model.parameters.slice();
    const run = new Run(optimizer, model);
    const at = Object.freeze({ rate: subject.rate, step: 0 });
    const gradient = gradients(model, 1, 5)[0] as Float64Array;
    optimizer.update(gradient.slice(), Object.freeze(run.slots), run.parameters, at, model.layout);
    demand(JSON.stringify(model.layout) === layout, 'The layout of the model was changed by an update.');
    demand(JSON.stringify(optimizer.settings) === settings, 'The settings of the optimizer were changed by an update.');
    demandSame('Parameters of the model after an update of others', model.parameters, before);
    const again = new Run(optimizer, model);
    again.step(gradient, subject.rate);
    demandSame('Parameters after the same step from the start once more', again.parameters, run.parameters);
  });
}

/** Kinds of the toolkit, which backends run by themselves. */
const builtIn: readonly string[] = ['sgd', 'rmsprop', 'adam', 'adamw'] satisfies readonly OptimizerKind[];

/** One that goes by the name of the toolkit's has to be it. */
function demandBuiltIn(subject: OptimizerSubject, model: EnergyModel): void {
  const optimizer = subject.make();
  const { kind, settings } = optimizer;
  // Those that stay centred have offsets, which settings do not tell.
  if (!builtIn.includes(kind) || 'centred' in settings) return;
  const own = builtInOptimizer(kind as OptimizerKind, settings as never);
  const [found, wanted] = [new Run(optimizer, model), new Run(own, model)];
  for (const along of gradients(model, 3, 8)) for (const run of [found, wanted]) run.step(along, subject.rate);
  demandSame(
    `Parameters after 3 steps of an optimizer of kind "${kind}" with settings ${JSON.stringify(settings)}: those of the toolkit's, which ` +
      'backends run by themselves. Call a kind of your own `vendor/name`',
    found.parameters,
    wanted.parameters,
  );
}

/** Steps by a backend are the optimizer's own, then projected onto the minimums. */
export async function checkOnBackend(subject: OptimizerSubject): Promise<void> {
  await eachModel(subject, async (model) => {
    demandBuiltIn(subject, model);
    const optimizer = subject.make();
    const backend = reference();
    try {
      const program = await backend.prepare(model);
      const run = new Run(subject.make(), model);
      const slots = optimizer.init(model).map((array) => {
        const buffer = program.allocate({ holds: 'parameters' });
        backend.write(buffer, array);
        return buffer;
      });
      const gradient = program.allocate({ holds: 'parameters' });
      for (const [step, along] of gradients(model, 3, 6).entries()) {
        // Large enough to leave what the minimums allow.
        const steep = along.map((g) => 50 * g);
        backend.write(gradient, steep);
        program.update(optimizer, gradient, slots, { rate: subject.rate, step });
        run.step(steep, subject.rate);
        projectConstraints(run.parameters, model.layout);
        agree(
          `Parameters after step ${step} by a backend: those of \`update\`, in place, then projected onto the minimums`,
          await backend.read(program.parameters),
          run.parameters,
          1e-12,
        );
      }
      for (const [n, buffer] of slots.entries()) {
        const what = `Slot "${optimizer.slots[n]}" after steps by a backend`;
        agree(what, await backend.read(buffer), run.slots[n] as Float64Array, 1e-12);
      }
    } finally {
      await backend.close();
    }
  });
}

/** The equation of the author. */
export async function checkRule(subject: OptimizerSubject): Promise<void> {
  const { rule, rate } = subject;
  if (!rule) return;
  await eachModel(subject, (model) => {
    const along = gradients(model, 5, 7);
    const rates = along.map((_, n) => rate * (1 + (n % 3)));
    const run = new Run(subject.make(), model);
    for (const [n, gradient] of along.entries()) {
      run.step(gradient, rates[n] as number);
      const wanted = rule(model.parameters.slice(), along.slice(0, n + 1), rates.slice(0, n + 1), model);
      agree(`Parameters after ${n + 1} steps, as the \`rule\` that is given`, run.parameters, wanted, 1e-10);
    }
  });
}

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeFileAtomic } from '@rbm/formats/node';
import { thisMachine } from '../machine.js';
import { loadImages } from './images.js';
import { type CheckOptions, checkUsage, parseCheckOptions } from './options.js';
import { findBrowser, startPage } from './page-side.js';
import { Forecast, type Plan, planOf } from './plan.js';
import { startProcess } from './process-side.js';
import type { CheckRequest, OpenedSide, SuitePart, Timed, TrainedResult } from './requests.js';
import { type Card, deviceTitle, type Results, resultsMarkdown, type SideName } from './results.js';
import { Reopened, type Side } from './side.js';
import { firstLine, NOT_REACHED, runInTimeBox, type Task, type TaskOutcome } from './time-box.js';
import { startTorch } from './torch-side.js';
import { findVulkan } from './vulkan.js';

const run = promisify(execFile);
/** Opening an adapter, a browser or PyTorch may take so long. */
const OPEN_LIMIT = 45_000;
/** What is promised, whatever happens. */
const LAST = { quick: 235_000, full: 530_000 } as const;
const images = new URL('../images.bin', import.meta.url);
const loaders: string = fileURLToPath(new URL('../lib', import.meta.url));

async function main(options: CheckOptions): Promise<void> {
  const start = performance.now();
  // Nothing that hangs keeps this process.
  setTimeout(() => finish(1), LAST[options.form]);
  const plan = planOf(options);
  const card = await findCard();
  const results: Results = {
    date: new Date().toISOString(),
    form: options.form,
    machine: thisMachine(),
    ...(card ? { card } : {}),
    notes: [],
    training: [],
    cases: [],
    complete: false,
  };
  const check = new Check(options, plan, results, start);
  await mkdir(options.out, { recursive: true });
  await check.run();
}

/** Sides that were started: they end with this process. */
const started = new Set<{ kill(): void }>();

function finish(code: number): void {
  for (const side of started) side.kill();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => finish(130));

class Check {
  readonly #options: CheckOptions;
  readonly #plan: Plan;
  readonly #results: Results;
  readonly #start: number;
  readonly #sides: Map<SideName, Side> = new Map();
  readonly #forecast: Forecast = new Forecast();
  #saving: Promise<void> = Promise.resolve();
  #folder = '';
  #unreached = 0;

  constructor(options: CheckOptions, plan: Plan, results: Results, start: number) {
    this.#options = options;
    this.#plan = plan;
    this.#results = results;
    this.#start = start;
  }

  async run(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'rbm-gpu-check-'));
    try {
      await this.#box([this.#openVulkan()]);
      if (!this.#results.opened) await this.#box([this.#openBrowser()]);
      const { opened, notes } = this.#results;
      if (!opened) {
        console.error(`No adapter. ${notes.join('. ')}.`);
        await this.#save();
        process.exitCode = 1;
        return;
      }
      console.log(`${deviceTitle(opened)}: ${opened.info}`);
      await this.#box([this.#openWasm(), this.#openTorch()]);
      await this.#box(this.#tasks());
      if (this.#unreached > 0) notes.push(`${this.#unreached} measurements were not reached: the time was up`);
      this.#results.complete = true;
      this.#results.seconds = (performance.now() - this.#start) / 1000;
      await this.#save();
      console.log(`\n${resultsMarkdown(this.#results)}`);
      console.log(`Written to ${join(this.#options.out, 'results.md')} and results.json.`);
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** Runs tasks in what is left of the time. */
  #box(tasks: Iterable<Task<void>>): Promise<void> {
    return runInTimeBox(tasks, this.#start + this.#plan.budget, ({ name }, outcome) => {
      const why = 'why' in outcome ? `: ${outcome.why}` : '';
      if (why.includes(NOT_REACHED)) this.#unreached++;
      console.error(`${((performance.now() - this.#start) / 1000).toFixed(1)} s  ${name}${why}`);
    });
  }

  /** Both files, by renaming, one write after the other. */
  #save(): Promise<void> {
    const { out } = this.#options;
    const json = `${JSON.stringify(this.#results, null, 2)}\n`;
    const markdown = resultsMarkdown(this.#results);
    this.#saving = this.#saving.then(async () => {
      await writeFileAtomic(join(out, 'results.json'), new TextEncoder().encode(json));
      await writeFileAtomic(join(out, 'results.md'), new TextEncoder().encode(markdown));
    });
    return this.#saving;
  }

  #add(name: SideName, open: () => Promise<Side>, first?: CheckRequest): Side {
    const side = new Reopened(open, first);
    started.add(side);
    this.#sides.set(name, side);
    return side;
  }

  #openVulkan(): Task<void> {
    const { notes } = this.#results;
    let side: Side | undefined;
    return {
      name: 'open Vulkan',
      limit: OPEN_LIMIT,
      run: async () => {
        const module = webgpuModule();
        if (module === undefined) {
          notes.push('Missing for WebGPU: the npm package webgpu');
          return;
        }
        const found = findVulkan(machineFiles, loaders);
        if ('missing' in found) {
          notes.push(`Missing for WebGPU: ${found.missing}`);
          return;
        }
        let { drivers } = found;
        if (found.library !== undefined) {
          const file = join(this.#folder, 'nvidia_icd.json');
          const description = {
            file_format_version: '1.0.0',
            ICD: { library_path: found.library, api_version: '1.3.0' },
          };
          await writeFile(file, JSON.stringify(description));
          drivers = [file];
        }
        const files = drivers.join(':');
        // The folder of the loader, for the one that came along.
        const path = [
          process.env.LD_LIBRARY_PATH,
          found.loader.startsWith(loaders) ? loaders : '',
          '/usr/local/nvidia/lib64',
        ];
        const environment = {
          ...process.env,
          VK_DRIVER_FILES: files,
          VK_ICD_FILENAMES: files,
          LD_LIBRARY_PATH: path.filter(Boolean).join(':'),
        };
        const request: CheckRequest = { ask: 'open', engine: 'webgpu', threads: 1 };
        side = this.#add('device', async () => startProcess(environment, module), request);
        try {
          this.#results.opened = (await side.ask(request)) as OpenedSide;
          notes.push(`Vulkan loader ${found.loader}, driver ${found.library ?? files}`);
        } catch (error) {
          notes.push(
            `WebGPU failed with the Vulkan loader ${found.loader} and driver ${found.library ?? files}: ${firstLine(error)}`,
          );
        }
        await this.#save();
      },
      abandon: () => {
        side?.kill();
        notes.push('WebGPU did not answer');
      },
    };
  }

  #openBrowser(): Task<void> {
    const { notes } = this.#results;
    let side: Side | undefined;
    return {
      name: 'open a browser',
      limit: OPEN_LIMIT,
      run: async () => {
        const browser = findBrowser();
        if (browser === undefined) {
          notes.push('Missing for OpenGL through EGL: Chromium or Chrome (or its path in CHROMIUM)');
          return;
        }
        const request: CheckRequest = { ask: 'open', engine: 'webgl2', threads: 1 };
        side = this.#add('device', () => startPage(browser), request);
        try {
          this.#results.opened = (await side.ask(request)) as OpenedSide;
          notes.push(`OpenGL through EGL in ${browser}`);
        } catch (error) {
          notes.push(`WebGL2 failed in ${browser}: ${firstLine(error)}`);
        }
        await this.#save();
      },
      abandon: () => {
        side?.kill();
        notes.push('The browser did not answer');
      },
    };
  }

  #openWasm(): Task<void> {
    const request: CheckRequest = { ask: 'open', engine: 'wasm', threads: Math.min(16, availableParallelism()) };
    const side = this.#add('wasm', async () => startProcess(process.env, undefined), request);
    return {
      name: 'open WebAssembly',
      limit: OPEN_LIMIT,
      run: async () => {
        this.#results.wasm = ((await side.ask(request)) as OpenedSide).info;
      },
      abandon: () => side.kill(),
    };
  }

  #openTorch(): Task<void> {
    const open = (graph: boolean) => (): Promise<Side> => startTorch(graph, (peer) => started.add(peer));
    const side = this.#add('torch', open(false));
    return {
      name: 'open PyTorch CUDA',
      limit: OPEN_LIMIT,
      run: async () => {
        try {
          this.#results.torch = `${await side.ask({ ask: 'open', engine: 'wasm', threads: 1 })}, float32, TF32 off`;
          this.#add('torch-graph', open(true));
        } catch (error) {
          this.#results.torch = `skipped: ${firstLine(error)}`;
          this.#sides.delete('torch');
        }
      },
      abandon: () => {
        side.kill();
        this.#sides.delete('torch');
        this.#results.torch = 'skipped: it did not answer';
      },
    };
  }

  /** What matters most comes first: the time may not suffice for all. */
  *#tasks(): Generator<Task<void>> {
    const [first, ...others] = this.#plan.operations;
    if (first) yield* this.#cases(first);
    yield this.#suite();
    for (const side of ['device', 'wasm'] as const) yield this.#training(side);
    for (const operation of others) yield* this.#cases(operation);
  }

  *#cases(operation: Plan['operations'][number]): Generator<Task<void>> {
    const { sizes, caseLimit, duration } = this.#plan;
    for (const size of sizes) {
      for (const [name, side] of this.#sides) {
        const series = `${name} ${operation}`;
        let cut: string | undefined;
        const record = async (outcome: TaskOutcome<Timed>): Promise<void> => {
          const used = name === 'device' && this.#results.card ? await cardMemory() : undefined;
          const memory = used === undefined ? {} : { cardMemory: used };
          this.#results.cases.push({ ...size, operation, side: name, outcome, ...memory });
          await this.#save();
        };
        yield {
          name: `${operation} ${size.visible}×${size.hidden}, batch ${size.batch}: ${name === 'device' ? deviceTitle(this.#results.opened) : name}`,
          limit: caseLimit,
          run: async () => {
            const why = this.#forecast.reason(series, size, caseLimit);
            if (why !== undefined) return record({ why });
            try {
              const value = (await side.ask({ ask: 'time', operation, ...size, duration })) as Timed;
              this.#forecast.took(series, size, value.step);
              await record({ value });
            } catch (error) {
              this.#forecast.failed(series);
              await record({ why: cut ?? firstLine(error) });
            }
          },
          abandon: (why) => {
            cut = why;
            this.#forecast.failed(series);
            // Fails what is asked, which is recorded there.
            side.kill();
          },
        };
      }
    }
  }

  #suite(): Task<void> {
    const side = this.#sides.get('device') as Side;
    const found: NonNullable<Results['suite']> = { total: 0, passed: 0, failures: {} };
    return {
      name: 'conformance suite',
      limit: this.#plan.suiteLimit,
      run: async () => {
        this.#results.suite = found;
        try {
          await side.ask({ ask: 'suite' }, (part) => {
            const { total, name, failure } = part as SuitePart;
            found.total = total;
            if (failure === undefined) found.passed++;
            else found.failures[name] = failure;
          });
        } catch (error) {
          found.ended ??= firstLine(error);
        }
        await this.#save();
      },
      abandon: (why) => {
        found.ended = why;
        side.kill();
      },
    };
  }

  #training(name: 'device' | 'wasm'): Task<void> {
    const side = this.#sides.get(name) as Side;
    let cut: string | undefined;
    return {
      name: `training: ${name === 'device' ? deviceTitle(this.#results.opened) : name}`,
      limit: this.#plan.trainingLimit,
      run: async () => {
        let outcome: TaskOutcome<TrainedResult>;
        try {
          const { images: count, epochs } = this.#plan;
          const request: CheckRequest = { ask: 'train', images: await loadImages(images, count), epochs };
          outcome = { value: (await side.ask(request)) as TrainedResult };
        } catch (error) {
          outcome = { why: cut ?? firstLine(error) };
        }
        this.#results.training.push({ side: name, outcome });
        await this.#save();
      },
      abandon: (why) => {
        cut = why;
        side.kill();
      },
    };
  }
}

const machineFiles = {
  environment: process.env,
  exists: existsSync,
  list: (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []),
  read: (path: string): string => readFileSync(path, 'utf8'),
};

/** The module `webgpu`: unpacked by the script of the packed folder, or installed by `npm run gpu-check`. */
function webgpuModule(): string | undefined {
  const path = process.env.RBM_WEBGPU;
  return path && existsSync(path) ? path : undefined;
}

async function queryCard(fields: string): Promise<string[] | undefined> {
  try {
    const { stdout } = await run('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'], {
      timeout: 5000,
    });
    return stdout.split('\n')[0]?.split(', ');
  } catch {
    return undefined; // No such program, or no card.
  }
}

async function findCard(): Promise<Card | undefined> {
  const [name, driver, memory] = (await queryCard('name,driver_version,memory.total')) ?? [];
  return name && driver ? { name, driver, memory: `${memory} MiB` } : undefined;
}

async function cardMemory(): Promise<number | undefined> {
  const used = Number((await queryCard('memory.used'))?.[0]);
  return Number.isFinite(used) ? used : undefined;
}

try {
  const options = parseCheckOptions(process.argv.slice(2));
  if (options.help) console.log(checkUsage);
  else await main(options);
  finish(Number(process.exitCode ?? 0));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${checkUsage}`);
  finish(1);
}

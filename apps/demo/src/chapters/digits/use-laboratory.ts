import { proxy, type Remote, wrap } from 'comlink';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DataSummary, Judgement, LabSettings, Progress } from './lab.js';
import type { Engine, LabWorker } from './lab-worker.js';
import type { OwnData } from './own-data.js';

/** What the page knows of the laboratory, and what it can ask of it. What fails is kept in `failure`, and undoes nothing. */
export interface Laboratory {
  readonly state: 'opening' | 'idle' | 'running';
  readonly summary: DataSummary | undefined;
  /** What computes. */
  readonly info: string;
  readonly progress: Progress | undefined;
  readonly history: { readonly epochs: readonly number[]; readonly pseudo: readonly number[] };
  readonly judgements: readonly Judgement[];
  /** Share of an estimate that is done, while one is made. */
  readonly judging: number | undefined;
  readonly hasModel: boolean;
  /** Whether a training waits to be resumed. */
  readonly paused: boolean;
  readonly failure: unknown;
  run(settings: LabSettings): Promise<void>;
  pause(): void;
  reset(): void;
  useOwn(data: OwnData): Promise<void>;
  useFiles(files: readonly File[]): Promise<void>;
  /** @returns Whether it computes there now. */
  compute(engine: Engine): Promise<boolean>;
  judge(): Promise<void>;
  dream(count: number, sweeps: number): Promise<Float32Array | undefined>;
  complete(known: Uint8Array, image: Uint8Array, count: number): Promise<Float32Array | undefined>;
  save(): Promise<void>;
  /** @returns How many hidden units the model has. */
  load(file: File): Promise<number | undefined>;
}

/** The part of a laboratory that changes. */
type State = Pick<
  Laboratory,
  'state' | 'summary' | 'info' | 'progress' | 'history' | 'judgements' | 'judging' | 'hasModel' | 'paused' | 'failure'
>;

const fresh = {
  progress: undefined,
  history: { epochs: [], pseudo: [] },
  judgements: [],
  hasModel: false,
  paused: false,
  failure: undefined,
};

/** A laboratory in a worker, as long as the component is on the page. */
export function useLaboratory(data: OwnData, engine: Engine): Laboratory {
  const [state, setState] = useState<State>({
    ...fresh,
    state: 'opening',
    summary: undefined,
    info: '',
    judging: undefined,
  });
  const worker = useRef<Remote<LabWorker> | null>(null);
  useEffect(() => {
    const thread = new Worker(new URL('./lab-worker.ts', import.meta.url), { type: 'module' });
    const remote = wrap<LabWorker>(thread);
    worker.current = remote;
    let left = false;
    (async () => {
      const { summary, info } = await remote.open(data, document.baseURI);
      if (left) return;
      setState((now) => ({ ...now, state: 'idle', summary, info }));
      if (engine === 'gpujs') {
        const other = await remote.compute(engine);
        if (!left) setState((now) => ({ ...now, info: other }));
      }
    })().catch((failure: unknown) => !left && setState((now) => ({ ...now, failure })));
    return () => {
      left = true;
      worker.current = null;
      // With the worker ends all that it holds: memory, threads, a training.
      thread.terminate();
    };
    // Later changes go through `useOwn` and `compute`.
  }, []);
  const actions = useMemo(() => makeActions(() => worker.current, setState), []);
  return { ...state, ...actions };
}

type Actions = Omit<Laboratory, keyof State>;

function makeActions(
  worker: () => Remote<LabWorker> | null,
  setState: (change: (now: State) => State) => void,
): Actions {
  const set = (changes: Partial<State>): void => setState((now) => ({ ...now, ...changes }));
  type Question<Answer> = (remote: Remote<LabWorker>) => Promise<Answer>;
  /** Asks the worker; what goes wrong is shown, and what was there stays. */
  const attempt = async <Answer>(question: Question<Answer>): Promise<Answer | undefined> => {
    const remote = worker();
    if (!remote) return undefined;
    try {
      return await question(remote);
    } catch (failure) {
      set({ failure });
      return undefined;
    }
  };
  /** The same for what a visitor asks for: what went wrong before is settled then. Dreams go on by themselves. */
  const ask = <Answer>(question: Question<Answer>): Promise<Answer | undefined> => {
    set({ failure: undefined });
    return attempt(question);
  };
  const judge = async (): Promise<void> => {
    set({ judging: 0 });
    const found = await ask((remote) => remote.judge(proxy((judging: number) => set({ judging }))));
    set({ judging: undefined });
    if (found) setState((now) => ({ ...now, judgements: [...now.judgements, found] }));
  };
  const replaceData = async (question: (remote: Remote<LabWorker>) => Promise<DataSummary>): Promise<void> => {
    const summary = await ask(question);
    if (summary) set({ ...fresh, summary });
  };
  return {
    async run(settings) {
      set({ state: 'running', paused: false });
      const report = (progress: Progress): void =>
        setState((now) => {
          const { epochs, pseudo } = now.history;
          const measured = progress.pseudoLikelihood;
          return {
            ...now,
            progress,
            hasModel: true,
            history:
              measured === undefined
                ? now.history
                : { epochs: [...epochs, progress.epoch], pseudo: [...pseudo, measured] },
          };
        });
      const end = await ask((remote) => remote.run(settings, proxy(report)));
      set({ state: 'idle', paused: end === 'paused' });
      if (end !== undefined) await judge();
    },
    pause: () => void worker()?.pause(),
    reset: () =>
      void ask(async (remote) => {
        await remote.reset();
        set(fresh);
      }),
    useOwn: (data) => replaceData((remote) => remote.useOwn(data)),
    useFiles: (files) => replaceData((remote) => remote.useFiles(files)),
    async compute(engine) {
      const info = await ask((remote) => remote.compute(engine));
      if (info !== undefined) set({ info });
      return info !== undefined;
    },
    judge,
    dream: (count, sweeps) => attempt((remote) => remote.dream(count, sweeps)),
    complete: (known, image, count) => ask((remote) => remote.complete(known, image, count)),
    async save() {
      const bytes = await ask((remote) => remote.save());
      if (bytes) download(new Blob([bytes as Uint8Array<ArrayBuffer>]), 'rbm.safetensors');
    },
    async load(file) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const loaded = await ask((remote) => remote.load(bytes, file.name));
      if (!loaded) return undefined;
      const progress = { step: 0, steps: 0, epoch: 0, speed: 0, filters: loaded.filters };
      set({ ...fresh, progress, hasModel: true });
      return loaded.hidden;
    },
  };
}

function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

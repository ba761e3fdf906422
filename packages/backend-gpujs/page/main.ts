import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { backendSuite, collectFailures } from '@rbm/testkit';

/** What the page reports. */
export interface PageReport {
  readonly isolated: boolean;
  readonly info: string;
  readonly random: string;
  readonly checks: number;
  /** How long each check took that did not fail, in milliseconds. */
  readonly times: Readonly<Record<string, number>>;
  /** The message of each check that failed, by name. */
  readonly failures: Readonly<Record<string, string>>;
}

const backend = (mode: GpujsMode | 'auto') => gpujs({ gpu: () => import('gpu.js'), mode });

const parameters = new URLSearchParams(location.search);

async function report(mode: GpujsMode | 'auto'): Promise<PageReport> {
  const first = await backend(mode);
  const { info, capabilities } = first;
  await first.close();
  let checks = 0;
  const only = new RegExp(parameters.get('only') ?? '');
  const times: Record<string, number> = {};
  const failures = await collectFailures((it) => {
    backendSuite({
      it: (name, test) => {
        if (!only.test(name)) return;
        checks++;
        it(name, async () => {
          const start = performance.now();
          await test();
          times[name] = Math.round(performance.now() - start);
        });
      },
      backend: () => backend(mode),
    });
  });
  return { isolated: crossOriginIsolated, info, random: capabilities.random, checks, failures, times };
}

const mode = (parameters.get('mode') ?? 'auto') as GpujsMode | 'auto';
const body = await report(mode).catch((error) => ({ error: String(error) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(body) });

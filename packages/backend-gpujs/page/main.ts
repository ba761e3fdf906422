import { type GpujsMode, gpujs } from '@rbm/backend-gpujs';
import { backendSuite, collectFailures } from '@rbm/testkit';

/** What the page reports. */
export interface PageReport {
  readonly isolated: boolean;
  readonly info: string;
  readonly random: string;
  readonly checks: number;
  /** The message of each check that failed, by name. */
  readonly failures: Readonly<Record<string, string>>;
}

const backend = (mode: GpujsMode | 'auto') => gpujs({ gpu: () => import('gpu.js'), mode });

async function report(mode: GpujsMode | 'auto'): Promise<PageReport> {
  const first = await backend(mode);
  const { info, capabilities } = first;
  await first.close();
  let checks = 0;
  const failures = await collectFailures((it) => {
    backendSuite({
      it: (name, test) => {
        checks++;
        return it(name, test);
      },
      backend: () => backend(mode),
    });
  });
  return { isolated: crossOriginIsolated, info, random: capabilities.random, checks, failures };
}

const mode = (new URLSearchParams(location.search).get('mode') ?? 'auto') as GpujsMode | 'auto';
const body = await report(mode).catch((error) => ({ error: String(error) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(body) });

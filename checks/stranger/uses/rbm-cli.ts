import { type Config, defineConfig } from '@rbm/cli';

/** A config as a project would have it. */
export default async function use(): Promise<string> {
  const config: Config = defineConfig({ plugins: ['rbm-sampler-mine'], options: { 'my/mine': { repeats: 2 } } });
  return JSON.stringify(config);
}

/** Never called: what the compiler has to refuse. */
export function refused(): void {
  // @ts-expect-error Plugins are a list.
  defineConfig({ plugins: 'rbm-sampler-mine' });
}

import { defineConfig, type Options } from 'tsup';

type Config = ReturnType<typeof defineConfig>;

/** How every package is bundled: ES modules with source maps and declarations; dependencies stay imports. */
export function bundle(entry: Record<string, string>, options: Options = {}): Config {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: [/^node:/],
    removeNodeProtocol: false,
    dts: true,
    sourcemap: true,
    clean: true,
    silent: true,
    ...options,
  });
}

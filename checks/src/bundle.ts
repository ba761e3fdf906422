import { type BuildOptions, build } from 'esbuild';

/** A bundle of one entry point with all it depends on. */
export interface Bundle {
  code: string;
  /** What it still imports, e.g. `node:fs`. */
  imports: string[];
}

/**
 * Bundles everything that an entry point exports, as installed in a folder.
 * @param specifier e.g. `@rbm/core`
 */
export async function bundleEntry(specifier: string, folder: string, options: BuildOptions = {}): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${specifier}';`, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*'],
    logLevel: 'silent',
    ...options,
    metafile: true,
    write: false,
  });
  const output = Object.values(metafile.outputs)[0];
  return {
    code: outputFiles[0]?.text ?? '',
    imports: (output?.imports ?? []).filter((each) => each.external).map((each) => each.path),
  };
}

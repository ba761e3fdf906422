import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * What differs from other packages: the command line's parser is bundled. As a package, it is 35 files of 16 packages, which take
 * longer to find and load than Node takes to start.
 *
 * @type {import('esbuild').BuildOptions}
 */
export default {
  platform: 'node',
  packages: 'bundle',
  external: ['node:*', ...Object.keys(dependencies).flatMap((name) => [name, `${name}/*`])],
  alias: { 'string-width': './src/text-width.ts' },
  plugins: [
    {
      name: 'without-empty-source-map',
      setup({ onLoad }) {
        // The map that this package ships names a source that it does not hold.
        onLoad({ filter: /get-caller-file[\\/]index\.js$/ }, async ({ path }) => ({
          contents: (await readFile(path, 'utf8')).replace(/\/\/# sourceMappingURL=.*/, ''),
          loader: 'js',
        }));
      },
    },
  ],
};

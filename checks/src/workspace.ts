import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** What these checks read of a `package.json`. */
export interface Manifest {
  name: string;
  version: string;
  description?: string;
  private?: boolean;
  license?: string;
  author?: string;
  type?: string;
  keywords?: string[];
  files?: string[];
  sideEffects?: boolean;
  engines?: Record<string, string>;
  publishConfig?: Record<string, unknown>;
  packageManager?: string;
  bin?: Record<string, string>;
  exports?: Record<string, string | Record<string, string>>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** Name of its folder, e.g. `core`. */
  id: string;
  group: 'packages' | 'apps';
  /** Absolute path. */
  folder: string;
  manifest: Manifest;
  published: boolean;
}

/** An importable entry point of a package that carries types. */
export interface EntryPoint {
  owner: WorkspacePackage;
  /** As it is imported, e.g. `@rbm/datasets/node`. */
  specifier: string;
  /** Below the package's folder. */
  types: string;
  module: string;
  /** Whether it needs Node: by its name, as DESIGN has it. */
  node: boolean;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** All packages below `packages/` and `apps/`, in the order of their folders. */
export const packages: WorkspacePackage[] = (['packages', 'apps'] as const).flatMap((group) =>
  readdirSync(join(root, group))
    .sort()
    .map((id) => ({ id, group, folder: join(root, group, id) }))
    // A folder without a manifest is what git leaves of a package of another branch.
    .filter(({ folder }) => existsSync(join(folder, 'package.json')))
    .map((place) => {
      const manifest = readManifest(place.folder);
      return { ...place, manifest, published: manifest.private !== true };
    }),
);

export const publishedPackages: WorkspacePackage[] = packages.filter((each) => each.published);

export const rootManifest: Manifest = readManifest(root);

/** Plugins as third parties write them: folders of `examples/`. */
export const exampleNames: readonly string[] = readdirSync(join(root, 'examples'))
  .sort()
  .filter((name) => existsSync(join(root, 'examples', name, 'package.json')));

/** What can be imported from the given packages; files such as `./package.json` are left out. */
export function entryPoints(from: readonly WorkspacePackage[]): EntryPoint[] {
  return from.flatMap((owner) =>
    Object.entries(owner.manifest.exports ?? {}).flatMap(([path, conditions]) => {
      if (typeof conditions === 'string' || conditions.types === undefined || conditions.default === undefined)
        return [];
      const specifier = owner.manifest.name + path.slice(1);
      return [{ owner, specifier, types: conditions.types, module: conditions.default, node: /\/node$/.test(path) }];
    }),
  );
}

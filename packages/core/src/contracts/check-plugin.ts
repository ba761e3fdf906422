import { RbmError } from './errors.js';
import { type AcceptedVersions, type Plugin, type ProvidedKind, providedKinds, specVersions } from './plugin.js';

/** Functions that a piece must have, by kind: what a wrong shape is told by. */
const shapes: Readonly<Record<ProvidedKind, readonly string[]>> = {
  samplers: ['bind'],
  layers: ['cgf', 'mean', 'sample', 'addEnergy', 'addStatistics', 'select'],
  interactions: ['addEnergy', 'addInputs', 'addStatistics', 'addInputChange', 'visitPairs'],
  energyModels: [],
  estimators: ['bind'],
  optimizers: ['init', 'update'],
  datasets: [],
  backends: ['prepare', 'write', 'copy', 'gather', 'read', 'sync', 'close'],
  monitors: ['measure'],
};

/** Objects that a piece must have, by kind. */
const parts: Readonly<Record<ProvidedKind, readonly string[]>> = {
  samplers: ['capabilities', 'settings'],
  layers: ['parameters', 'settings'],
  interactions: ['between', 'units', 'widths', 'joins', 'parameters', 'initial'],
  energyModels: ['layers', 'interactions', 'blocks', 'parameters'],
  estimators: ['settings'],
  optimizers: ['settings', 'slots'],
  datasets: ['train', 'preparation'],
  backends: ['capabilities'],
  monitors: [],
};

const optionTypes: readonly unknown[] = ['number', 'integer', 'boolean', 'string'];

/** @param accepted The versions of the contracts that the host accepts. */
export function checkPlugin(value: unknown, accepted: AcceptedVersions = specVersions): Plugin {
  if (!isObject(value) || typeof value.name !== 'string' || value.name === '') {
    throw new RbmError(
      'PLUGIN_INVALID',
      `A plugin should be an object with a name, not ${describe(value)}. Call its factory, and pass what that returns.`,
    );
  }
  const { name, provides, specVersion } = value;
  const found = (what: string, wanted: string, given: unknown): RbmError =>
    new RbmError(
      'PLUGIN_INVALID',
      `Plugin "${name}": ${what} should be ${wanted}, not ${describe(given)}. Write it with definePlugin.`,
    );
  if (!isObject(provides)) throw found('"provides"', 'an object', provides);
  if (!isObject(specVersion)) throw found('"specVersion"', 'an object with the version of each interface', specVersion);
  for (const [kind, factories] of Object.entries(provides)) {
    if (!providedKinds.includes(kind as ProvidedKind)) {
      throw found(`"provides.${kind}"`, `absent, since the kinds are ${providedKinds.join(', ')},`, factories);
    }
    if (!isObject(factories)) throw found(`"provides.${kind}"`, 'an object of factories by name', factories);
    checkVersion(name, accepted[kind as ProvidedKind], `"specVersion.${kind}"`, specVersion[kind]);
    for (const [piece, factory] of Object.entries(factories)) {
      const what = `"${piece}" of "provides.${kind}"`;
      if (!isObject(factory) || typeof factory.create !== 'function') {
        throw found(what, 'an object with a function "create"', factory);
      }
      checkOptionSpecs(factory.options, (option, wanted, given) => found(`${option} of ${what}`, wanted, given));
    }
  }
  return value as unknown as Plugin;
}

function checkOptionSpecs(options: unknown, found: (option: string, wanted: string, given: unknown) => RbmError): void {
  if (options === undefined) return;
  if (!isObject(options) || Array.isArray(options)) throw found('"options"', 'an object of options by name', options);
  for (const [name, spec] of Object.entries(options)) {
    if (isObject(spec) && optionTypes.includes(spec.type)) continue;
    throw found(`"options.${name}"`, `an object whose "type" is one of ${optionTypes.join(', ')}`, spec);
  }
}

/** @param accepted The versions of the contracts that the host accepts. */
export function checkPiece(
  plugin: string,
  kind: ProvidedKind,
  name: string,
  piece: unknown,
  accepted: AcceptedVersions = specVersions,
): void {
  const wrong = (what: string): RbmError =>
    new RbmError(
      'PLUGIN_INVALID',
      `Plugin "${plugin}": "${name}" among ${kind} should have ${what}, but that is missing from ${describe(piece)}. Run its suite of @rbm/testkit.`,
    );
  if (!isObject(piece)) throw wrong('the functions of its contract');
  checkVersion(plugin, accepted[kind], `"specVersion" of "${name}"`, piece.specVersion);
  for (const method of shapes[kind]) if (typeof piece[method] !== 'function') throw wrong(`a function "${method}"`);
  for (const part of parts[kind]) if (!isObject(piece[part])) throw wrong(`"${part}"`);
}

function checkVersion(plugin: string, accepted: readonly number[], what: string, found: unknown): void {
  if ((accepted as readonly unknown[]).includes(found)) return;
  const fix =
    typeof found === 'number' && found > Math.max(...accepted)
      ? 'Update @rbm/core and the packages that use it.'
      : 'Update the plugin, or install one made for this version.';
  throw new RbmError(
    'PLUGIN_VERSION',
    `Plugin "${plugin}": ${what} is ${describe(found)}, but this @rbm/core accepts version ${accepted.join(' or ')} of that contract. ${fix}`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' ? 'an object' : JSON.stringify(value);
}

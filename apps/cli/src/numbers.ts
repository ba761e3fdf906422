import { UsageError } from './usage-error.js';

/** What a number on the command line may be. */
const rules = {
  count: { says: 'a positive whole number', holds: (x: number): boolean => Number.isSafeInteger(x) && x > 0 },
  seed: { says: 'a whole number from 0 up', holds: (x: number): boolean => Number.isSafeInteger(x) && x >= 0 },
  positive: { says: 'a positive number', holds: (x: number): boolean => x > 0 && Number.isFinite(x) },
  nonNegative: { says: 'a number from 0 up', holds: (x: number): boolean => x >= 0 && Number.isFinite(x) },
  share: { says: 'a number from 0 to below 1', holds: (x: number): boolean => x >= 0 && x < 1 },
} as const;

/**
 * Checks options that were given.
 *
 * @throws UsageError naming the first that is not what its rule says.
 */
export function checkNumbers<Arguments extends object>(
  args: Arguments,
  expected: { readonly [Name in keyof Arguments]?: keyof typeof rules },
): void {
  for (const [name, rule] of Object.entries(expected) as [keyof Arguments & string, keyof typeof rules][]) {
    const value = args[name];
    if (value === undefined || (typeof value === 'number' && rules[rule].holds(value))) continue;
    throw new UsageError(`--${name} must be ${rules[rule].says}, not ${String(value)}.`);
  }
}

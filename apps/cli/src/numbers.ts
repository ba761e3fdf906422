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

/** Digits with at most one point and an exponent. JavaScript's own `Number` also reads `''`, `' 5'` and `0x10`. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A decimal number as typed.
 *
 * @param name What messages call it: `--lr`.
 * @throws UsageError for other texts, and for numbers that would become 0 or infinite
 */
export function readNumber(text: string, name: string): number {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new UsageError(`${name} is ${JSON.stringify(text)}; expected a decimal number like 5, 0.05 or 1e-3.`);
  }
  const mantissa = text.split(/e/i)[0] as string;
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(mantissa))) {
    throw new UsageError(`${name} is ${text}, which is too ${value === 0 ? 'small' : 'large'} for a double.`);
  }
  return value;
}

/** Fields that stand for a missing value, in lower case. */
const missingTokens: readonly string[] = ['', 'na', 'n/a', '<na>', '#n/a', 'nan', 'null', 'none', '?'];

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const commaPattern = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;

/** How the fields of a table are read. */
export interface FieldRules {
  /** Fields that mean a missing value beside the usual ones. */
  readonly missing: readonly string[];
  /** The character before the decimals. */
  readonly decimal: '.' | ',';
}

/** The number in a field: NaN if it is missing, 1 and 0 for True and False, `undefined` if it is something else. */
export function readField(field: string, { missing, decimal }: FieldRules): number | undefined {
  // Most fields of large tables are one digit.
  const digit = field.length === 1 ? field.charCodeAt(0) - 48 : -1;
  if (digit >= 0 && digit <= 9 && missing.length === 0) return digit;
  const text = field.trim();
  const plain = decimal === ',' && commaPattern.test(text) ? text.replace(',', '.') : text;
  if (missing.includes(text)) return Number.NaN;
  if (numberPattern.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : undefined;
  }
  const lower = text.toLowerCase();
  if (lower === 'true') return 1;
  if (lower === 'false') return 0;
  return missingTokens.includes(lower) ? Number.NaN : undefined;
}

/** Whether a field could name a column: neither a number, finite or not, nor a missing or boolean value. */
export function isName(field: string, rules: FieldRules): boolean {
  return readField(field, rules) === undefined && !/^[+-]?(inf|infinity|[\d.]+e[+-]?\d+)$/i.test(field.trim());
}

/** Whether a field is a number with a decimal comma. */
export function hasDecimalComma(field: string): boolean {
  return commaPattern.test(field.trim());
}

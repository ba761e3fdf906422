import { expect, it } from 'vitest';
import { LineReader } from './line-reader.js';

function linesOf(parts: readonly string[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader('x', (line, number) => lines.push(`${number} ${line}`));
  for (const part of parts) reader.push(part);
  reader.end();
  return lines;
}

it('cuts lines at each sort of end, wherever a part ends', () => {
  const text = 'a\r\n\r\nbc\rd\n\re';
  const expected = ['1 a', '2 ', '3 bc', '4 d', '5 ', '6 e'];
  for (let at = 0; at <= text.length; at++) expect(linesOf([text.slice(0, at), '', text.slice(at)])).toEqual(expected);
  expect(linesOf([...text])).toEqual(expected);
  expect(linesOf(['a\n'])).toEqual(['1 a']);
});

it('a line that no string holds is SIZE_LIMIT', () => {
  const reader = new LineReader('x.fasta', () => {});
  reader.push('>a\n');
  const part = 'A'.repeat(2 ** 27);
  reader.push(part);
  reader.push(part);
  expect(() => reader.push('A')).toThrow(
    expect.objectContaining({ code: 'SIZE_LIMIT', message: expect.stringContaining('x.fasta: line 2 has more than') }),
  );
});

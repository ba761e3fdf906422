import { describe, expect, it } from 'vitest';
import { formatFasta, parseFasta } from './fasta.js';

describe('parseFasta', () => {
  it('reads sequences over several lines as categories, the gap first', () => {
    const { values, count, width, names, letters } = parseFasta('>one\nAC\n-T\n\n>two x\r\nTTGA\r\n', {
      alphabet: 'dna',
    });
    expect([count, width, letters]).toEqual([2, 4, '-ACGT']);
    expect(names).toEqual(['one', 'two x']);
    expect(Array.from(values)).toEqual([1, 2, 0, 4, 4, 4, 3, 1]);
  });

  it('leaves insertions out, and reads ambiguous letters as the gap, counting both', () => {
    const { values, ambiguous, insertions } = parseFasta('>a\nAc.gXW\n>b\nA-C\n');
    expect([ambiguous, insertions]).toEqual([1, 3]);
    expect(Array.from(values)).toEqual([1, 0, 19, 1, 0, 2]);
  });

  it('reads a file of lower case as upper case, and letters of your own as they are', () => {
    expect(Array.from(parseFasta('>a\nac.\n', { alphabet: 'dna' }).values)).toEqual([1, 2, 0]);
    expect(Array.from(parseFasta('>a\nabB\n', { alphabet: 'abB' }).values)).toEqual([0, 1, 2]);
  });

  it.each([
    ['', /no sequence/],
    ['ACGT\n', /line 1/],
    ['>a\nAC\n>b\nACG\n', /line 3, sequence 2 \(b\).*3 columns/],
    ['>a\n\n', /line 1, sequence 1/],
    ['>a\nA1\n', /column 2 is "1"/],
  ])('refuses %j', (text, message) => {
    expect(() => parseFasta(text, { name: 'x.fasta' })).toThrow(expect.objectContaining({ code: 'FILE_INVALID' }));
    expect(() => parseFasta(text, { name: 'x.fasta' })).toThrow(message);
    expect(() => parseFasta(text, { name: 'x.fasta' })).toThrow(/x\.fasta/);
  });

  it('refuses alphabets that are none', () => {
    for (const alphabet of ['A', 'AA', 'A,B', '']) {
      expect(() => parseFasta('>a\nA\n', { alphabet })).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    }
  });
});

describe('formatFasta', () => {
  it('writes what parseFasta reads', () => {
    const text = formatFasta(Uint8Array.of(0, 1, 2, 4, 3, 0), 2, '-ACGT');
    expect(text).toBe('>sample-1\n-AC\n>sample-2\nTG-\n');
    expect(Array.from(parseFasta(text, { alphabet: 'dna' }).values)).toEqual([0, 1, 2, 4, 3, 0]);
    expect(() => formatFasta(Uint8Array.of(9), 1, 'AB')).toThrow(expect.objectContaining({ code: 'DATA_INVALID' }));
  });
});

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

  it('reads dots as gaps and soft-masked letters as letters, dropping no column', () => {
    const { values, width, insertions, notes } = parseFasta('>a\nAC.GTW\n>b\nA.cgTW\n>c\nACC.TW\n');
    expect([width, insertions, notes.length]).toEqual([6, 0, 0]);
    expect(Array.from(values)).toEqual([1, 2, 0, 6, 17, 19, 1, 0, 2, 6, 17, 19, 1, 2, 2, 0, 17, 19]);
    // A column of dots alone has no letter that could be an insertion.
    expect(parseFasta('>a\nA.C\n>b\nA.C\n').width).toBe(3);
  });

  it('leaves the insert columns of A2M out with a note, and keeps them when asked', () => {
    const a2m = '>a\nACd.-E\n>b\nA-.fGE\n';
    const left = parseFasta(a2m);
    expect([left.width, left.insertions, left.insertColumns]).toEqual([4, 2, 2]);
    expect(left.notes).toEqual([
      { message: expect.stringContaining('2 of 6 columns are insertions'), reverse: '--keep-inserts' },
    ]);
    expect(Array.from(left.values)).toEqual([1, 2, 0, 4, 1, 0, 6, 4]);
    const kept = parseFasta(a2m, { keepInserts: true });
    expect([kept.width, kept.insertions, kept.notes.length]).toEqual([6, 0, 0]);
    expect(Array.from(kept.values)).toEqual([1, 2, 3, 0, 0, 4, 1, 0, 0, 5, 6, 4]);
  });

  it('removes the insertions of A3M before it compares lengths', () => {
    const a3m = '>a\nACDE\n>b\nAC-E\n>c\nACxyDE\n';
    expect(() => parseFasta(a3m)).toThrow(/6 columns, expected 4.*\.a3m/);
    const { values, count, width, insertions } = parseFasta(a3m, { format: 'a3m' });
    expect([count, width, insertions]).toEqual([3, 4, 2]);
    expect(Array.from(values)).toEqual([1, 2, 3, 4, 1, 2, 0, 4, 1, 2, 3, 4]);
    expect(parseFasta('>a\n-E-G\n>b\nCFCD\n', { format: 'a3m' })).toMatchObject({ width: 4, insertions: 0, notes: [] });
    expect(() => parseFasta(a3m, { format: 'a3m', keepInserts: true })).toThrow(/--keep-inserts/);
  });

  it('reads Stockholm in blocks, whatever the case of its letters', () => {
    const text = `# STOCKHOLM 1.0
#=GF ID   X
seqA          ACDEF-GH
seqB          ACDQF.GH
#=GC SS_cons  HHHH..EE

seqA          IKLm
#=GR seqA SS  HHHH
seqB          IK-a
//
# STOCKHOLM 1.0
other ACDE
//
`;
    const { count, width, names, values } = parseFasta(text);
    expect([count, width, names]).toEqual([2, 12, ['seqA', 'seqB']]);
    expect(Array.from(values.subarray(8, 12))).toEqual([8, 9, 10, 11]);
    expect(values[17]).toBe(0);
    expect(() => parseFasta('# STOCKHOLM 1.0\n//\n')).toThrow(/no sequence/);
    expect(() => parseFasta('# STOCKHOLM 1.0\na b c\n')).toThrow(/line 2/);
    expect(() => parseFasta('# STOCKHOLM 1.0\na AC\nb A\n')).toThrow(/line 3, sequence 2 \(b\).*1 columns/);
  });

  it('recognises CLUSTAL by name', () => {
    expect(() => parseFasta('CLUSTAL W (1.83) multiple sequence alignment\n\na ACGT\n')).toThrow(/CLUSTAL format/);
  });

  it('reads ambiguous letters as gaps, as missing values, or not at all', () => {
    const text = '>a\nAXC\n>b\nACB\n';
    const gaps = parseFasta(text);
    expect(gaps.ambiguous).toBe(2);
    expect(gaps.notes[0]?.reverse).toBe('--ambiguous error');
    const { mask, notes } = parseFasta(text, { ambiguous: 'missing' });
    expect(Array.from(mask ?? [])).toEqual([0, 1, 0, 0, 0, 1]);
    expect(notes).toEqual([]);
    expect(() => parseFasta(text, { ambiguous: 'error' })).toThrow(
      /sequence 1 \(a\): column 2 is the ambiguous letter "X"/,
    );
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

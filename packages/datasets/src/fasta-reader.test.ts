import { describe, expect, test } from 'vitest';
import { parseFasta } from './fasta.js';
import { FastaReader } from './fasta-reader.js';

const fasta = '>one x\r\nAC\r\n-T\r\n\r\n; a comment\r\n>two\r\nTTGA\r\n';
const a2m = '>a\nACd.-E\n>b\nA-.fGE';
const a3m = '>a\nACDE\n>b\nAC-E\n>c\nACxyDE\n';
const stockholm = `# STOCKHOLM 1.0
#=GF ID   X
seqB  ACDEF-GH
seqA  ACDQF.GH

seqA  IK-a
#=GR seqA SS  HHHH
seqB  IKLm
//
other AC
`;

describe('a text in parts is read like the whole', () => {
  test.each([
    ['FASTA', fasta, { alphabet: 'dna' }],
    ['FASTA with the line ends of old systems', fasta.replaceAll('\r\n', '\r'), { alphabet: 'dna' }],
    ['A2M', a2m, {}],
    ['A2M with its insert columns', a2m, { keepInserts: true }],
    ['A3M', a3m, { format: 'a3m' }],
    ['Stockholm', stockholm, {}],
    ['ambiguous letters as missing values', '>a\nAXC\n>b\nACB\n', { ambiguous: 'missing' }],
  ] as const)('%s', (_, text, options) => {
    const expected = parseFasta(text, options);
    for (let at = 0; at <= text.length; at++) {
      const reader = new FastaReader(options);
      reader.push(text.slice(0, at));
      reader.push(text.slice(at));
      expect(reader.end()).toEqual(expected);
    }
    const reader = new FastaReader(options);
    for (const character of text) reader.push(character);
    expect(reader.end()).toEqual(expected);
  });

  test('errors name the same line', () => {
    const text = '>a\r\nACGT\r\n\r\n>b\r\nACGé\r\n';
    const reader = new FastaReader();
    for (const character of text) reader.push(character);
    expect(() => reader.end()).toThrow(/line 4, sequence 2 \(b\): column 4 is "é"/);
    expect(() => parseFasta(text)).toThrow(/line 4, sequence 2 \(b\): column 4 is "é"/);
    expect(() => parseFasta('>a\nA\u{1d400}\n')).toThrow('column 2 is "\u{1d400}"');
  });
});

test('parts of sequences between those of others are put together, in the order of the first ones', () => {
  const { names, values, width } = parseFasta(stockholm);
  expect([names, width]).toEqual([['seqB', 'seqA'], 12]);
  expect([values[11], values[23]]).toEqual([11, 1]);
});

test('what follows the end of a Stockholm alignment is not read', () => {
  const reader = new FastaReader();
  reader.push('# STOCKHOLM 1.0\na AC\n');
  expect(reader.isFull).toBe(false);
  reader.push('//\nnot a sequence\n');
  expect(reader.isFull).toBe(true);
  expect(reader.end()).toMatchObject({ count: 1, width: 2 });
});

test('letters beyond ASCII are no letters, however they look in upper case', () => {
  // The dotless i is I in upper case.
  expect(() => parseFasta('>a\nA\u0131\n')).toThrow(/column 2 is "ı"/);
  expect(parseFasta('\ufeff>a\nA\u00a0C\tD E\n').width).toBe(4);
});

test('a name that comes twice in a block of Stockholm is an error, not a longer sequence', () => {
  for (const text of ['a ACDE\na ACDE\n', 'a AC\n#=GR a SS HH\nb AC\na DE\n', 'a AC\nb AC\n\na DE\nb DE\nb DE\n']) {
    expect(() => parseFasta(`# STOCKHOLM 1.0\n${text}//\n`)).toThrow(
      expect.objectContaining({
        code: 'FILE_INVALID',
        message: expect.stringMatching(/line \d+: .* twice in a block/),
      }),
    );
  }
  expect(parseFasta('# STOCKHOLM 1.0\n\n\na AC\n\na DE\n//\n')).toMatchObject({ count: 1, width: 4 });
});

test('annotations in A3M are no sequences', () => {
  const text =
    '>ss_dssp\nHHHH\n>ss_pred first\nEE\nEE\n>ss_conf\n9999\n>query\nACDE\n>aa_dssp\nACDE\n>ss_protein\nACxDE\n';
  const { names, width, notes } = parseFasta(text, { format: 'a3m' });
  expect([names, width]).toEqual([['query', 'ss_protein'], 4]);
  expect(notes.map(({ message }) => message)).toEqual([
    '4 sequences of annotations (ss_pred and the like) are left out',
    '1 insertions (lower-case letters and dots) are left out',
  ]);
  // A name like that means nothing in FASTA.
  expect(parseFasta('>ss_pred\nHHHH\n>query\nACDE\n').count).toBe(2);
});

import { expect, it } from 'vitest';
import { formatRequest, parseReply } from './protocol.js';

it('asks in one line', () => {
  expect(formatRequest({ ask: 'load', folder: '/a folder' })).toBe('load /a folder\n');
  expect(formatRequest({ ask: 'run', steps: 20 })).toBe('run 20\n');
  expect(formatRequest({ ask: 'check', repeats: 8, folder: '/a folder' })).toBe('check 8 /a folder\n');
});

it('reads replies', () => {
  expect(parseReply('ok {"milliseconds": 1.5}\n')).toEqual({ ok: true, value: { milliseconds: 1.5 } });
  expect(parseReply('error missing: no module\n')).toEqual({ ok: false, message: 'missing: no module' });
});

it('takes nothing else for a reply', () => {
  for (const line of ['', 'Traceback (most recent call last):', 'ok', 'ok 12', 'ok {"a":', 'okay {}']) {
    expect(parseReply(line)).toEqual({ ok: false, message: `not a reply: ${line}` });
  }
});

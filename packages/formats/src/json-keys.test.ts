import { expect, it } from 'vitest';
import { findDuplicateKey } from './json-keys.js';

it.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":{"b":[{"c":1,"c":2}]}}', 'c'],
  ['{"\\u0061":1,"a":2}', 'a'],
  ['{"":1,"":2}', ''],
  ['{"x\\"":1,"y":"}","x\\"":2}', 'x"'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
])('finds the key that is there twice in %s', (json, key) => {
  expect(findDuplicateKey(json)).toBe(key);
});

it.each([
  '{}',
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '{"a":"a","b":"a:","c":["a","a"]}',
  '{"a":"\\",\\"a\\":1","\\\\":"\\\\"}',
  '[{"a":1},{"a":1}]',
  '{ "a" : 1 , "b" : 2 }',
])('finds none in %s', (json) => {
  expect(findDuplicateKey(json)).toBeUndefined();
});

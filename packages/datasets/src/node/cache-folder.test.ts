import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from './cache-folder.js';

const home = '/home/someone';

test.each([
  ['linux', {}, join(home, '.cache', 'rbm')],
  ['linux', { XDG_CACHE_HOME: '/caches' }, join('/caches', 'rbm')],
  ['linux', { XDG_CACHE_HOME: 'relative' }, join(home, '.cache', 'rbm')],
  ['linux', { XDG_CACHE_HOME: '' }, join(home, '.cache', 'rbm')],
  ['linux', { XDG_CACHE_HOME: '/caches', RBM_CACHE: '/here' }, '/here'],
  ['darwin', { XDG_CACHE_HOME: '/caches' }, join(home, 'Library', 'Caches', 'rbm')],
  ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'rbm')],
  ['win32', {}, join(home, 'AppData', 'Local', 'rbm')],
])('on %s with %j', (platform, environment, folder) => {
  expect(cacheFolder(environment, platform, home)).toBe(folder);
});

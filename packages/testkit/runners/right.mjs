// One file for every runner: jest, mocha and vitest have a global `it`, node:test is imported.
import { bernoulli } from '@rbm/core';
import { layerSuite } from '@rbm/testkit';

const node = globalThis.it ? {} : await import('node:test');

layerSuite({ it: globalThis.it ?? node.it, describe: globalThis.describe ?? node.describe, layer: bernoulli });

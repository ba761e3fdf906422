import { describe, expect, it } from 'vitest';
import { datasetChecks, datasetSuite } from './dataset-suite.js';
import { collectFailures } from './suite.js';
import { right, subject, wrongDatasets } from './wrong-datasets.js';

describe('datasetSuite', () => {
  it.each(wrongDatasets)('catches $fault: $caughtBy', async ({ options, caughtBy, message }) => {
    const check = datasetChecks(options).find(({ name }) => name === caughtBy);
    await expect((async () => check?.run())()).rejects.toThrow(message);
  });

  it('has no check that no wrong dataset fails', () => {
    const names = datasetChecks(subject).map(({ name }) => name);
    expect(new Set(wrongDatasets.map(({ caughtBy }) => caughtBy))).toEqual(new Set(names));
  });

  it('passes a right dataset, loaded at once or later', async () => {
    expect(await collectFailures((it) => datasetSuite({ it, ...subject }))).toEqual({});
    expect(await collectFailures((it) => datasetSuite({ it, dataset: right }))).toEqual({});
  });
});

import { describe, expect, it } from 'vitest';
import { type PhaseArguments, parseLadder, parsePhases } from './phase-options.js';

const first: PhaseArguments = {
  estimator: 'pcd',
  sampler: 'gibbs',
  k: 1,
  epochs: 15,
  batch: 100,
  lr: 0.2,
  'lr-end': 0.02,
  average: true,
};

describe('parsePhases', () => {
  it('keeps what a phase does not name, but for the fall of the rate, the start and the average', () => {
    const [second, third] = parsePhases(['epochs=1.5,batch=200', 'epochs=3,lr=0.01,average'], { ...first, chains: 9 });
    expect(second).toEqual({
      args: { estimator: 'pcd', sampler: 'gibbs', k: 1, chains: 9, epochs: 1.5, batch: 200, lr: 0.02, average: false },
      startsAnew: false,
    });
    expect(third?.args).toMatchObject({ epochs: 3, batch: 200, lr: 0.01, average: true });
  });

  it('starts a new estimator, at the data, where one of its options is named', () => {
    for (const text of [
      'epochs=1,batch=50',
      'epochs=1,chains=500',
      'epochs=1,estimator=tempered,ladder=0.8:0.9:1',
      'epochs=1,k=2',
    ]) {
      expect(parsePhases([text], first)[0]).toMatchObject({ startsAnew: true, args: { start: 'data' } });
    }
    expect(parsePhases(['epochs=1,chains=5,start=model'], first)[0]?.args.start).toBe('model');
  });

  it('gives no start to estimators without chains', () => {
    expect(parsePhases(['epochs=1,estimator=cd'], first)[0]?.args.start).toBeUndefined();
  });

  it.each([
    ['lr=0.1', /epochs are missing/],
    ['epochs=1,rate=2', /"rate" is unknown; expected .*lr/],
    ['epochs=1,epochs=2', /epochs is named twice/],
    ['epochs', /"epochs" is not NAME=VALUE/],
    ['epochs=', /"epochs=" is not NAME=VALUE/],
    ['epochs=one', /epochs is "one"; expected a decimal number/],
    ['epochs=1,lr=0x1z', /lr is "0x1z"/],
    ['', /"" is not NAME=VALUE/],
  ])('refuses "%s"', (text, message) => {
    expect(() => parsePhases([text], first)).toThrow(message);
  });
});

describe('parseLadder', () => {
  it('reads a number of rungs, or a list', () => {
    expect(parseLadder('12')).toBe(12);
    expect(parseLadder('0:0.5:1')).toEqual([0, 0.5, 1]);
    expect(parseLadder(undefined)).toBeUndefined();
  });

  it.each(['', 'many', '0:x:1', '0,1', '-1:1'])('refuses "%s"', (text) => {
    expect(() => parseLadder(text)).toThrow(/--ladder is/);
  });
});

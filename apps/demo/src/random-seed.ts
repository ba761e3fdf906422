/** A seed for a visitor who wants another run. Seeds are shown, so that a run can be had again. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

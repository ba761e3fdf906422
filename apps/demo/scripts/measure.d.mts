/**
 * Measures the built page in headless Chromium.
 *
 * @param minutes How long it trains.
 * @throws Error if there is no browser.
 */
export function measureDemo(minutes: number): Promise<{
  /** Of the first view, compressed. */
  readonly bytes: number;
  /** Milliseconds between frames; `most`: for 95 % of them. */
  readonly frames: { readonly median: number; readonly most: number; readonly longest: number };
  /** Bytes of the page's heap: medians of the first and the last quarter of the time. */
  readonly heap: { readonly first: number; readonly last: number };
  readonly imagesPerSecond: { readonly page: number; readonly node: number };
}>;

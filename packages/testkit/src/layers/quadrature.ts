/** A panel of the real line, with nodes and weights that sum a smooth function times `exp(log density)` over it. */
export interface Panel {
  readonly start: number;
  readonly end: number;
  readonly nodes: Float64Array;
  /** Quadrature weights times `exp(logDensity − peak)`. */
  readonly weights: Float64Array;
  readonly mass: number;
}

/** Points of an interval, and how much each counts, for sums in place of integrals. */
export interface Quadrature {
  /** The largest log density found. */
  readonly peak: number;
  /** In order, next to one another; what lies outside has no mass worth the name. */
  readonly panels: readonly Panel[];
}

/** Beyond this many nats below its peak a density is left out: `e^−50 ≈ 2e-22`. */
const DEPTH = 50;
/** Where the search for the peak ends. */
const FARTHEST = 1e12;
const NODES = 16;
/** How often a panel is halved at most. */
const DEEPEST = 12;

/**
 * Adaptive Gauss–Legendre quadrature of `exp(logDensity(x))` over an interval that may be a half-line or all reals. The
 * density should have one peak; it is searched for on a grid that is logarithmic around 0.
 *
 * @throws Error if the density does not fall off: it cannot be normalised.
 */
export function integrate(logDensity: (x: number) => number, support: readonly [number, number]): Quadrature {
  const grid = searchGrid(support);
  const logs = grid.map(logDensity);
  const best = logs.reduce((b, log, n) => (log > (logs[b] as number) ? n : b), 0);
  const around = [grid[Math.max(best - 1, 0)] as number, grid[Math.min(best + 1, grid.length - 1)] as number] as const;
  const mode = maximise(logDensity, around);
  const peak = Math.max(logDensity(mode), logs[best] as number);
  const start = reach(logDensity, mode, peak, support[0]);
  const end = reach(logDensity, mode, peak, support[1]);
  const marks = [start, mode, end, ...(start < 0 && end > 0 ? [0] : [])].sort((a, b) => a - b);
  const rough: Panel[] = [];
  for (let n = 1; n < marks.length; n++) {
    const [from, to] = [marks[n - 1] as number, marks[n] as number];
    if (!(to > from)) continue;
    for (let k = 0; k < 16; k++) {
      rough.push(panel(logDensity, peak, from + ((to - from) * k) / 16, from + ((to - from) * (k + 1)) / 16));
    }
  }
  const total = rough.reduce((sum, { mass }) => sum + mass, 0);
  if (!(total > 0)) throw new Error(`the density exp(I x − E(x)) sums to ${total}`);
  // No finer than the rounding of the logarithms.
  const error = total * Math.max(1e-13, 1e-15 * Math.abs(peak));
  return { peak, panels: rough.flatMap((each) => refine(logDensity, peak, each, error, DEEPEST)) };
}

/** The interval of values that a predicate accepts, by bisection between the points of a grid; infinite at its ends. */
export function acceptedInterval(accepts: (x: number) => boolean): readonly [number, number] | null {
  const grid = searchGrid([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  const first = grid.findIndex(accepts);
  const last = grid.findLastIndex(accepts);
  if (first < 0 || first === last) return null;
  const edge = (inside: number, outside: number): number => {
    let [yes, no] = [inside, outside];
    for (let n = 0; n < 200; n++) {
      const middle = (yes + no) / 2;
      if (accepts(middle)) yes = middle;
      else no = middle;
    }
    return yes;
  };
  const low = first === 0 ? Number.NEGATIVE_INFINITY : edge(grid[first] as number, grid[first - 1] as number);
  const high =
    last === grid.length - 1 ? Number.POSITIVE_INFINITY : edge(grid[last] as number, grid[last + 1] as number);
  return [low, high];
}

function searchGrid([low, high]: readonly [number, number]): number[] {
  const positive: number[] = [];
  for (let x = 1e-9; x <= FARTHEST * 1.01; x *= 1.05) positive.push(x);
  const all = [...positive.map((x) => -x).reverse(), 0, ...positive];
  const inside = all.filter((x) => x > low && x < high);
  return [...(Number.isFinite(low) ? [low] : []), ...inside, ...(Number.isFinite(high) ? [high] : [])];
}

/** Golden section search, which wants nothing of the derivative. */
function maximise(f: (x: number) => number, [from, to]: readonly [number, number]): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from, to];
  for (let n = 0; n < 100; n++) {
    const [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
    if (f(c) >= f(d)) b = d;
    else a = c;
  }
  const candidates = [(a + b) / 2, from, to];
  return candidates.reduce((best, x) => (f(x) > f(best) ? x : best));
}

/** How far from its mode a density has to be followed towards one end of its support. */
function reach(f: (x: number) => number, mode: number, peak: number, end: number): number {
  const sign = end > mode ? 1 : -1;
  if (end === mode) return mode;
  const gone = (distance: number): boolean => !(f(mode + sign * distance) > peak - DEPTH);
  let far = 1e-12 * (1 + Math.abs(mode));
  while (!gone(far)) {
    far *= 2;
    if (far >= Math.abs(end - mode)) return end;
    if (far > 4 * FARTHEST) throw new Error(`the density exp(I x − E(x)) does not fall off towards ${sign}∞`);
  }
  let near = far / 2;
  for (let n = 0; n < 30; n++) {
    const middle = (near + far) / 2;
    if (gone(middle)) far = middle;
    else near = middle;
  }
  const found = mode + sign * far;
  return sign > 0 ? Math.min(found, end) : Math.max(found, end);
}

function refine(f: (x: number) => number, peak: number, whole: Panel, error: number, depth: number): Panel[] {
  const middle = (whole.start + whole.end) / 2;
  const left = panel(f, peak, whole.start, middle);
  const right = panel(f, peak, middle, whole.end);
  if (depth === 0 || !(Math.abs(left.mass + right.mass - whole.mass) > error)) return [left, right];
  return [...refine(f, peak, left, error, depth - 1), ...refine(f, peak, right, error, depth - 1)];
}

function panel(f: (x: number) => number, peak: number, start: number, end: number): Panel {
  const half = (end - start) / 2;
  const nodes = rule.nodes.map((t) => start + half * (1 + t));
  const weights = nodes.map((x, n) => half * (rule.weights[n] as number) * Math.exp(f(x) - peak));
  return { start, end, nodes, weights, mass: weights.reduce((sum, w) => sum + w, 0) };
}

/** Nodes and weights on [−1, 1], the roots of the Legendre polynomial by Newton's method. */
function gaussLegendre(n: number): { readonly nodes: Float64Array; readonly weights: Float64Array } {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    for (let iteration = 0; iteration < 20; iteration++) {
      let [before, value] = [0, 1];
      for (let k = 1; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const rule: { readonly nodes: Float64Array; readonly weights: Float64Array } = /* @__PURE__ */ gaussLegendre(NODES);

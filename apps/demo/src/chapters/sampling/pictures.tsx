import type { JSX } from 'preact';
import { CHAINS } from './ensemble.js';
import { drawingOrder, type Landscape, STATES, unitsOf } from './landscape.js';

const WIDTH = 440;
const STEP: number = WIDTH / STATES;

/** Where a state stands, from left to right. */
function across(state: number): number {
  return STEP * (drawingOrder.indexOf(state) + 0.5);
}

/** A state in digits: `010`. */
export function digits(state: number): string {
  return unitsOf(state).join('');
}

/** The free energy of the states, and the chains as balls that lie in it. */
export function LandscapePicture(props: { landscape: Landscape; states: Uint8Array; fast: boolean }): JSX.Element {
  const { landscape, states, fast } = props;
  const { freeEnergies } = landscape;
  const [top, ground, height] = [44, 226, 250];
  const scale = (ground - top - 22) / Math.max(4, ...freeEnergies);
  const level = (state: number): number => ground - 22 - scale * (freeEnergies[state] as number);
  const outline = drawingOrder.flatMap((state) =>
    [-0.36, 0.36].map((side) => `${across(state) + side * STEP},${level(state)}`),
  );
  const before = new Array<number>(STATES).fill(0);
  return (
    <svg
      class={fast ? 'landscape fast' : 'landscape'}
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label="Free energy of the eight visible states, with the chains in it"
    >
      <polygon
        points={[`0,${ground}`, `0,${level(0)}`, ...outline, `${WIDTH},${level(7)}`, `${WIDTH},${ground}`].join(' ')}
      />
      {Array.from({ length: CHAINS }, (_, c) => {
        const state = states[c] ?? 0;
        const place = before[state] as number;
        before[state] = place + 1;
        const [x, y] = [across(state) - 16.5 + 11 * (place % 4), level(state) - 7 - 11 * Math.floor(place / 4)];
        return (
          <circle
            key={c}
            class={c === 0 ? 'ball first' : 'ball'}
            r={5}
            style={{ transform: `translate(${x}px, ${y}px)` }}
          />
        );
      })}
      {drawingOrder.map((state) => (
        <g key={state}>
          <text x={across(state)} y={level(state) + 15} class="height">
            {(freeEnergies[state] as number).toFixed(1)}
          </text>
          <text x={across(state)} y={height - 7}>
            {digits(state)}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** What flows between states in a sweep: to the right above the line, to the left below it. Grey: exact; on it: the run. */
export function FlowPicture({ landscape, moves }: { landscape: Landscape; moves: Float64Array }): JSX.Element {
  const { flows } = landscape;
  const [middle, height] = [140, 280];
  const total = moves.reduce((sum, count) => sum + count, 0);
  const pairs = drawingOrder.flatMap((from, n) => drawingOrder.slice(n + 1).map((to) => [from, to] as const));
  const largest = pairs.reduce((most, [from, to]) => Math.max(most, flows[STATES * from + to] as number), 0);
  const arc = (from: number, to: number, flow: number, kind: string): JSX.Element | null => {
    const width = (20 * flow) / largest;
    if (width < 0.15) return null;
    const [x1, x2] = [across(from), across(to)];
    const radius = Math.abs(x2 - x1) / 2;
    // Clockwise: above the line to the right, below it to the left.
    const [y, bend] = [x2 > x1 ? middle - 11 : middle + 11, Math.min(0.66 * radius, 112)];
    const path = `M ${x1} ${y} A ${radius} ${bend} 0 0 1 ${x2} ${y}`;
    return (
      <path key={`${kind} ${from} ${to}`} class={kind} d={path} style={{ strokeWidth: `${Math.min(40, width)}px` }} />
    );
  };
  const both = pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
  return (
    <svg
      class="flows"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label="Flows between the visible states: above the line to the right, below it to the left, mirror images of each other where detailed balance holds"
    >
      {both.map(([from, to]) => arc(from, to, flows[STATES * from + to] as number, 'exact'))}
      {total > 0 &&
        both.map(([from, to]) =>
          arc(from, to, (moves[STATES * from + to] as number) / total, across(to) > across(from) ? 'right' : 'left'),
        )}
      {drawingOrder.map((state) => (
        <text key={state} x={across(state)} y={middle + 4.5}>
          {digits(state)}
        </text>
      ))}
      <text class="side" x={4} y={16}>
        to the right →
      </text>
      <text class="side" x={4} y={height - 8}>
        ← to the left
      </text>
    </svg>
  );
}

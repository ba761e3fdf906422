import type { JSX } from 'preact';
import { type TwoForms, UNITS } from './two-forms.js';

const [WIDTH, HEIGHT] = [420, 260];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The graph on its way from one form, `share` 0, to the other, 1. */
export function Unfolding({ forms, share }: { forms: TwoForms; share: number }): JSX.Element {
  const { couplings, weights, hidden } = forms;
  const visible = Array.from({ length: UNITS }, (_, i) => between(onCircle(i), inRow(i, UNITS, HEIGHT - 40), share));
  // Hidden units come out of the middle of the couplings that they stand for.
  const middle = { x: WIDTH / 2, y: HEIGHT / 2 };
  const above = Array.from({ length: hidden }, (_, k) => between(middle, inRow(k, hidden, 40), share));
  const strongest = Math.max(1e-9, ...couplings.map(Math.abs), ...weights.map(Math.abs));
  const thickness = (w: number): number => 0.5 + (5 * Math.abs(w)) / strongest;
  const kind = (w: number): string => (w < 0 ? 'negative' : 'positive');
  return (
    <svg
      class="unfolding"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={
        share < 0.5
          ? `${UNITS} units that all act on each other`
          : `${UNITS} visible units below, ${hidden} Gaussian hidden units above, lines between the layers only`
      }
    >
      <g opacity={1 - share}>
        {pairs().map(([i, j]) => {
          const [a, b, w] = [visible[i] as Point, visible[j] as Point, couplings[i * UNITS + j] as number];
          return (
            <line key={`${i} ${j}`} class={kind(w)} x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-width={thickness(w)} />
          );
        })}
      </g>
      <g opacity={share}>
        {visible.flatMap((a, i) =>
          above.map((b, k) => {
            const w = weights[i * hidden + k] as number;
            return (
              <line key={`${i} ${k}`} class={kind(w)} x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-width={thickness(w)} />
            );
          }),
        )}
        {above.map(({ x, y }, k) => (
          <g key={k}>
            <rect x={x - 15} y={y - 15} width={30} height={30} rx={5} />
            <text x={x} y={y + 5}>
              h{k + 1}
            </text>
          </g>
        ))}
      </g>
      {visible.map(({ x, y }, i) => (
        <g key={i}>
          <circle cx={x} cy={y} r={17} />
          <text x={x} y={y + 5}>
            x{i + 1}
          </text>
        </g>
      ))}
    </svg>
  );
}

function pairs(): [number, number][] {
  return Array.from({ length: UNITS }, (_, i) => Array.from({ length: i }, (__, j): [number, number] => [i, j])).flat();
}

function onCircle(i: number): Point {
  const angle = (2 * Math.PI * (i + 0.5)) / UNITS;
  return { x: WIDTH / 2 + 95 * Math.cos(angle), y: HEIGHT / 2 + 95 * Math.sin(angle) };
}

function inRow(i: number, count: number, y: number): Point {
  return { x: WIDTH / 2 + (i - (count - 1) / 2) * 95, y };
}

function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

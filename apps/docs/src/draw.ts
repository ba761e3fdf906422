import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { CapacityPoint } from './capacity.js';
import type { Generalisation } from './generalisation.js';
import type { LearningPoint } from './learning-curves.js';

/** Colours that people with any colour vision tell apart (Okabe and Ito). */
const COLOURS = ['#d55e00', '#0072b2', '#009e73'];

/** An SVG file on white, readable on a dark page too. */
function render(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const figure = Plot.plot({
    document,
    width: 680,
    height: 400,
    marginLeft: 60,
    marginRight: 170,
    marginBottom: 45,
    style: { fontSize: '13px', background: 'white', color: 'black' },
    ...options,
  });
  // Without a legend or a caption a plot is one SVG element; a file of its own needs the namespace.
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${figure.outerHTML}\n`;
}

/** `2⁵` */
function powerOfTwo(n: number): string {
  return `2${[...String(Math.log2(n))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly colour: string | undefined;
  /** Pixels down, to keep names apart. */
  readonly dy?: number;
}

/** The name of each curve, to the right of its last point. */
function labels(entries: readonly Label[]): Plot.Markish[] {
  return entries.map(({ x, y, text, colour, dy = 0 }) =>
    Plot.text([[x, y]], {
      text: [text],
      dx: 8,
      dy,
      textAnchor: 'start',
      fontWeight: 'bold',
      ...(colour ? { fill: colour } : {}),
    }),
  );
}

/**
 * Held-out log-likelihood against the number of training samples.
 *
 * @param lowest Where the axis ends; `−∞` is drawn there.
 */
export function drawGeneralisation(
  points: readonly Generalisation[],
  states: number,
  best: number,
  lowest = -8,
): string {
  const curves = (['empirical', 'smoothed', 'rbm'] as const).map((name, k) => ({
    name: { empirical: 'empirical', smoothed: 'smoothed empirical', rbm: 'RBM' }[name],
    colour: COLOURS[k] as string,
    points: points.map((point) => ({ x: point.count, y: Math.max(point[name], lowest), finite: point[name] > lowest })),
  }));
  const last = points.at(-1)?.count ?? 1;
  return render({
    x: {
      type: 'log',
      base: 2,
      label: 'training samples N',
      tickFormat: powerOfTwo,
      ticks: 6,
    },
    y: { domain: [lowest, -3], label: 'log-likelihood of held-out data (nats)', grid: true },
    marks: [
      Plot.ruleX([states], { strokeDasharray: '4 3', stroke: 'gray' }),
      Plot.text([[states, lowest + 0.9]], {
        text: [`${states} possible observations`],
        textAnchor: 'start',
        dx: 6,
        fill: 'gray',
      }),
      Plot.ruleY([best], { stroke: 'black', strokeDasharray: '2 3' }),
      ...curves.flatMap(({ points: all, colour }) => [
        Plot.line(
          all.filter(({ finite }) => finite),
          { x: 'x', y: 'y', stroke: colour, strokeWidth: 2, clip: true },
        ),
        Plot.dot(
          all.filter(({ finite }) => finite),
          { x: 'x', y: 'y', fill: colour, r: 3 },
        ),
        Plot.text(
          all.filter(({ finite }) => !finite),
          { x: 'x', y: 'y', text: () => '↓', fill: colour, dy: -4, fontWeight: 'bold' },
        ),
      ]),
      Plot.text([[2, lowest]], { text: ['−∞'], dx: -12, dy: -16, fill: COLOURS[0] as string, textAnchor: 'start' }),
      ...labels(
        curves.map(({ name, colour, points: all }, k) => ({
          x: last,
          y: all.at(-1)?.y ?? 0,
          text: name,
          colour,
          dy: [-8, 6, 4][k] as number,
        })),
      ),
    ],
  });
}

/** The divergence of the data from the model against the updates of its parameters. */
export function drawLearning(points: readonly LearningPoint[]): string {
  const names = [...new Set(points.map(({ estimator }) => estimator))];
  return render({
    x: { label: 'updates' },
    y: { type: 'log', label: 'KL divergence (nats)', grid: true, tickFormat: (d: number) => String(d), ticks: 4 },
    marks: names.flatMap((name, k) => {
      const own = points.filter(({ estimator }) => estimator === name);
      const end = own.at(-1);
      return [
        Plot.line(own, { x: 'update', y: 'divergence', stroke: COLOURS[k] as string, strokeWidth: 2 }),
        ...labels(end ? [{ x: end.update, y: end.divergence, text: name, colour: COLOURS[k] }] : []),
      ];
    }),
  });
}

/** How much of a pattern is left after recall, against the load. */
export function drawCapacity(points: readonly CapacityPoint[]): string {
  const rules = [...new Set(points.map(({ rule }) => rule))];
  return render({
    x: { label: 'load: patterns a unit', domain: [0, 0.6] },
    y: { label: 'overlap after recall', domain: [0, 1], grid: true },
    marks: [
      Plot.ruleX([0.138], { strokeDasharray: '4 3', stroke: 'gray' }),
      Plot.text([[0.138, 0.06]], { text: ['0.138'], textAnchor: 'start', dx: 6, fill: 'gray' }),
      ...rules.flatMap((rule, k) => {
        const own = points.filter((point) => point.rule === rule);
        const end = own.at(-1);
        return [
          Plot.line(own, { x: 'load', y: 'overlap', stroke: COLOURS[k] as string, strokeWidth: 2 }),
          Plot.dot(own, { x: 'load', y: 'overlap', fill: COLOURS[k] as string, r: 3 }),
          ...labels(end ? [{ x: end.load, y: end.overlap, text: rule, colour: COLOURS[k] }] : []),
        ];
      }),
    ],
  });
}

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { themeColour, useTheme } from '../theme.js';

/** A curve. */
export interface Curve {
  readonly label: string;
  /** `[x.length]`; null where there is nothing to draw. */
  readonly values: ArrayLike<number | null>;
  /** Which of the colours of curves, from 1; its place in the list unless given. */
  readonly colour?: 1 | 2 | 3 | 4;
  readonly dashed?: boolean;
  /** Points instead of a line. */
  readonly marked?: boolean;
}

/** Curves over a common axis. Made anew when labels change, fed when values do. */
export function LineChart(props: {
  /** What it shows, for those who hear the page. */
  label: string;
  x: ArrayLike<number>;
  curves: readonly Curve[];
  xLabel: string;
  yLabel: string;
  logarithmic?: boolean;
  height?: number;
  /** Ends of the vertical axis; what the values need unless given. */
  range?: readonly [number, number];
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const { x, curves, xLabel, yLabel, logarithmic = false, height = 220, range } = props;
  const data = [x, ...curves.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const drawn = useRef<(number | null)[][]>([]);
  const shape = JSON.stringify([
    curves.map(({ values, ...curve }) => curve),
    xLabel,
    yLabel,
    logarithmic,
    height,
    range,
  ]);

  useEffect(() => {
    let left = false;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry && plot.current) plot.current.setSize({ width: entry.contentRect.width, height });
    });
    import('./uplot.js').then(({ default: UPlot }) => {
      if (left || !place.current) return;
      const [text, line] = [themeColour('--text-soft'), themeColour('--line')];
      const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font: '12px system-ui' };
      const options: uPlot.Options = {
        width: place.current.clientWidth,
        height,
        legend: { show: curves.length > 1, live: false },
        cursor: { show: false },
        scales: {
          x: { time: false },
          y: { ...(logarithmic ? { distr: 3 as const } : {}), ...(range ? { range: [range[0], range[1]] } : {}) },
        },
        axes: [
          { ...axis, label: xLabel, labelSize: 20, labelFont: '13px system-ui' },
          { ...axis, label: yLabel, labelSize: 20, labelFont: '13px system-ui', size: 56 },
        ],
        series: [
          {},
          ...curves.map(({ label, colour, dashed, marked }, index) => ({
            label,
            stroke: themeColour(`--curve-${colour ?? (index % 4) + 1}`),
            width: 2,
            ...(dashed ? { dash: [6, 5] } : {}),
            points: { show: marked ?? false, size: 9, fill: themeColour(`--curve-${colour ?? (index % 4) + 1}`) },
          })),
        ],
      };
      plot.current = new UPlot(options, latest.current, place.current);
      drawn.current = [];
      watcher.observe(place.current);
    });
    return () => {
      left = true;
      watcher.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, theme]);

  // The page around the chart may render many times a second for other reasons; drawing takes much longer than comparing.
  useEffect(() => {
    if (!plot.current || same(drawn.current, data)) return;
    plot.current.setData(data);
    drawn.current = data.map((numbers) => Array.from(numbers as ArrayLike<number | null>));
  });

  return <div class="chart" ref={place} role="img" aria-label={props.label} style={{ minHeight: `${height}px` }} />;
}

/** Whether the numbers that were drawn are those to draw now. */
function same(drawn: readonly ArrayLike<number | null>[], data: uPlot.AlignedData): boolean {
  return (
    drawn.length === data.length &&
    drawn.every((numbers, n) => {
      const others = data[n] as ArrayLike<number | null>;
      if (numbers.length !== others.length) return false;
      for (let i = 0; i < numbers.length; i++) if (!Object.is(numbers[i], others[i])) return false;
      return true;
    })
  );
}

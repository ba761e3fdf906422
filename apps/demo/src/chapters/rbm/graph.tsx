import type { JSX } from 'preact';
import type { Half } from './chain.js';
import {
  type Configuration,
  HIDDEN,
  type Reading,
  subscript,
  type UnitReading,
  VISIBLE,
  weightIndex,
} from './machine.js';

const WIDTH = 440;
const HEIGHT = 372;
const RADIUS = 27;
const levels = { hidden: 110, visible: 262 } as const;

type LayerName = keyof typeof levels;

function place(layer: LayerName, unit: number): readonly [x: number, y: number] {
  const units = layer === 'visible' ? VISIBLE : HIDDEN;
  return [(WIDTH * (unit + 0.5)) / units, levels[layer]];
}

/**
 * The machine as a graph: lines are weights, warm where they are positive, cold and dashed where negative, as wide as they
 * are strong; the stub of a unit is its bias; its ring is filled to the probability that it is 1, given the other layer.
 */
export function Graph(props: {
  parameters: readonly number[];
  configuration: Configuration;
  reading: Reading;
  /** The parameter that is being changed. */
  selected: number;
  /** The half-step that was just done, and how many were: what flows is shown anew each time. */
  drawn: { readonly half: Half; readonly count: number } | undefined;
  /** Whether states change too fast for transitions. */
  fast: boolean;
  onToggle: (layer: LayerName, unit: number) => void;
  onSelect: (parameter: number) => void;
}): JSX.Element {
  const { parameters, configuration, reading, selected, drawn, fast, onToggle, onSelect } = props;
  const pairs = Array.from({ length: VISIBLE * HIDDEN }, (_, n) => [Math.floor(n / HIDDEN), n % HIDDEN] as const);
  const link = (index: number, from: readonly [number, number], to: readonly [number, number], key: string) => (
    <Link
      key={key}
      value={parameters[index] as number}
      from={from}
      to={to}
      selected={index === selected}
      onSelect={() => onSelect(index)}
    />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group inside a picture is no fieldset
    <svg
      class={fast ? 'machine fast' : 'machine'}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="group"
      aria-label="The machine: units to switch"
    >
      {pairs.map(([i, j]) => link(weightIndex(i, j), place('visible', i), place('hidden', j), `${i} ${j}`))}
      {(['visible', 'hidden'] as const).flatMap((layer) =>
        configuration[layer].map((_, unit) => {
          const [x, y] = place(layer, unit);
          const outwards = layer === 'visible' ? 1 : -1;
          const index = layer === 'visible' ? unit : VISIBLE + unit;
          return link(index, [x, y], [x, y + outwards * (RADIUS + 15)], `${layer} ${unit}`);
        }),
      )}
      {drawn && (
        <g key={drawn.count} class="flow">
          {pairs.map(([i, j]) => {
            const [source, target] =
              drawn.half === 'hidden' ? (['visible', 'hidden'] as const) : (['hidden', 'visible'] as const);
            const [unit, to] = drawn.half === 'hidden' ? [i, j] : [j, i];
            if (configuration[source][unit] === 0 || parameters[weightIndex(i, j)] === 0) return null;
            const [[x1, y1], [x2, y2]] = [place(source, unit), place(target, to)];
            return <line key={`${i} ${j}`} x1={x1} y1={y1} x2={x2} y2={y2} pathLength={1} />;
          })}
        </g>
      )}
      {(['hidden', 'visible'] as const).flatMap((layer) =>
        configuration[layer].map((value, unit) => (
          <Unit
            key={`${layer} ${unit}`}
            layer={layer}
            unit={unit}
            value={value}
            reading={reading[layer][unit] as UnitReading}
            onToggle={() => onToggle(layer, unit)}
          />
        )),
      )}
    </svg>
  );
}

function Link(props: {
  value: number;
  from: readonly [number, number];
  to: readonly [number, number];
  selected: boolean;
  onSelect: () => void;
}): JSX.Element {
  const { value, from, to, selected, onSelect } = props;
  const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
  const kind = value === 0 ? 'none' : value > 0 ? 'positive' : 'negative';
  return (
    // The same can be chosen from a list, by keyboard.
    <g class={selected ? 'link selected' : 'link'} onPointerDown={onSelect}>
      <line class="grip" {...ends} />
      <line class={kind} {...ends} style={{ strokeWidth: `${value === 0 ? 1 : 0.8 + 2.2 * Math.abs(value)}px` }} />
    </g>
  );
}

function Unit(props: {
  layer: LayerName;
  unit: number;
  value: number;
  reading: UnitReading;
  onToggle: () => void;
}): JSX.Element {
  const { layer, unit, value, reading, onToggle } = props;
  const [x, y] = place(layer, unit);
  const name = `${layer === 'visible' ? 'v' : 'h'}${subscript(unit + 1)}`;
  const prime = layer === 'visible' ? '′' : '';
  const top = layer === 'visible' ? y + RADIUS + 36 : y - RADIUS - 44;
  return (
    <g class={value === 1 ? 'unit on' : 'unit'}>
      {/* biome-ignore lint/a11y/useSemanticElements: there are no HTML buttons inside an SVG */}
      <g
        class="switch"
        role="button"
        tabindex={0}
        aria-pressed={value === 1}
        aria-label={`${layer} unit ${unit + 1}`}
        onClick={onToggle}
        onKeyDown={(event) => {
          if (event.key !== ' ' && event.key !== 'Enter') return;
          event.preventDefault();
          onToggle();
        }}
      >
        <circle class="body" cx={x} cy={y} r={RADIUS - 4} />
        <circle class="ring" cx={x} cy={y} r={RADIUS} />
        <circle
          class="share"
          cx={x}
          cy={y}
          r={RADIUS}
          pathLength={1}
          stroke-dasharray={`${reading.probability} 2`}
          transform={`rotate(-90 ${x} ${y})`}
        />
      </g>
      <text class="name" x={x} y={y + 4}>
        {name} = {value}
      </text>
      <text class="reading" x={x} y={top}>
        z{prime} = {signed(reading.z)}
      </text>
      <text class="reading" x={x} y={top + 17}>
        σ(z{prime}) = {reading.probability.toFixed(2)}
      </text>
    </g>
  );
}

/** With a sign that is as wide as a plus: `−1.5`. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

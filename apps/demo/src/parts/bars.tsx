import type { ComponentChildren, JSX } from 'preact';

/** One bar. */
export interface Bar {
  readonly label: ComponentChildren;
  readonly value: number;
  /** What stands behind the bar; the value unless given. */
  readonly note?: string;
  readonly muted?: boolean;
}

/** Bars that start at zero, one below the other. `max` is the length of the longest possible; the longest there is unless given. */
export function Bars(props: { label: string; bars: readonly Bar[]; max?: number }): JSX.Element {
  const max = props.max ?? Math.max(...props.bars.map(({ value }) => value), Number.MIN_VALUE);
  return (
    <ul class="bars" aria-label={props.label}>
      {props.bars.map(({ label, value, note, muted }, index) => (
        <li key={index} class={muted ? 'muted' : undefined}>
          <span class="name">{label}</span>
          <span class="bar">
            <span style={{ width: `${Math.min(100, (100 * value) / max)}%` }} />
          </span>
          <span class="note">{note ?? value.toPrecision(3)}</span>
        </li>
      ))}
    </ul>
  );
}

import type { ComponentChildren, JSX } from 'preact';

/** One column. */
export interface Column {
  readonly label: ComponentChildren;
  readonly value: number;
  /** Where a mark says that the column should end. */
  readonly expected?: number;
  /** Whether it is the one that is spoken of. */
  readonly active?: boolean;
}

/** Columns that stand side by side on zero: a histogram, with marks for the distribution that it should come to. */
export function Columns(props: {
  /** What it shows, for those who hear the page. */
  label: string;
  columns: readonly Column[];
  /** The value of a column of full height; that of the largest number there is unless given. */
  max?: number;
}): JSX.Element {
  const { columns } = props;
  const values = columns.flatMap(({ value, expected = 0 }) => [value, expected]);
  const max = props.max ?? Math.max(...values, Number.MIN_VALUE);
  const height = (value: number): string => `${Math.min(100, (100 * value) / max)}%`;
  return (
    <div class="columns" role="img" aria-label={props.label}>
      {columns.map(({ label, value, expected, active }, index) => (
        <div key={index} class={active ? 'column active' : 'column'}>
          <div class="space">
            <span class="bar" style={{ height: height(value) }} />
            {expected !== undefined && <span class="mark" style={{ bottom: height(expected) }} />}
          </div>
          <div class="name">{label}</div>
        </div>
      ))}
    </div>
  );
}

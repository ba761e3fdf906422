import type { JSX } from 'preact';

/** Binary units as small squares, one below the other: dark where a unit is 1. */
export function Bits({ values }: { values: ArrayLike<number> }): JSX.Element {
  return (
    <span class="bits">
      {Array.from(values, (value, index) => (
        <i key={index} class={value === 1 ? 'on' : undefined} />
      ))}
    </span>
  );
}

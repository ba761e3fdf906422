import type { JSX } from 'preact';

/** What went wrong, in the words of the package that noticed. */
export function Problem({ error }: { error: unknown }): JSX.Element {
  return (
    <p class="problem" role="alert">
      {error instanceof Error ? error.message : String(error)}
    </p>
  );
}

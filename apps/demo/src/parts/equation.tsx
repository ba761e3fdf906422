import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** An equation in TeX: in the line, or with `block` on one of its own. Its type is loaded after the text. */
export function Equation({ tex, block = false }: { tex: string; block?: boolean }): JSX.Element {
  const place = useRef<HTMLElement>(null);
  const [set, setSet] = useState(false);
  useEffect(() => {
    let left = false;
    import('./katex.js').then(({ default: katex }) => {
      if (left || !place.current) return;
      katex.render(tex, place.current, { displayMode: block, throwOnError: false });
      setSet(true);
    });
    return () => {
      left = true;
    };
  }, [tex, block]);
  // Scrolls where it is too wide, and so has to be reachable by keyboard.
  return block ? (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls
    <div class="equation" ref={place as never} role="math" aria-label={set ? undefined : tex} tabIndex={0} />
  ) : (
    <span ref={place as never} role="math" aria-label={set ? undefined : tex} />
  );
}

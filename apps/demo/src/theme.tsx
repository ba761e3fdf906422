import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const KEY = 'rbm-demo-theme';

function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return themes.find((theme) => theme === stored) ?? 'auto';
}

/** Light, dark, or as the system has it. */
export function ThemeChoice(): JSX.Element {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    localStorage.setItem(KEY, theme);
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    dispatchEvent(new Event(THEME_CHANGED));
  }, [theme]);
  return (
    <label class="theme">
      Colours{' '}
      <select value={theme} onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}>
        {themes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

const THEME_CHANGED = 'rbm-demo-theme';

/** Counts changes of the colours: what is drawn on a canvas depends on it. */
export function useTheme(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const redraw = (): void => setChanges((count) => count + 1);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', redraw);
    addEventListener(THEME_CHANGED, redraw);
    return () => {
      dark.removeEventListener('change', redraw);
      removeEventListener(THEME_CHANGED, redraw);
    };
  }, []);
  return changes;
}

/** A colour of the style sheet by its name, `--accent`. */
export function themeColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

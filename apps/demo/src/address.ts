import { useCallback, useEffect, useState } from 'preact/hooks';

/** What the address says: `#/digits?hidden=256` is chapter `digits` with a setting. */
export interface Address {
  readonly chapter: string;
  readonly query: URLSearchParams;
}

function readAddress(): Address {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { chapter: path, query: new URLSearchParams(query) };
}

/** The address now; changes with it. */
export function useAddress(): readonly [Address] {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const follow = (): void => setAddress(readAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return [address];
}

/** Values that an address can carry. */
export type Settings = Readonly<Record<string, number | string | boolean>>;

/** Literal types of defaults as the types that settings vary over. */
type Widened<S extends Settings> = {
  readonly [Key in keyof S]: S[Key] extends number ? number : S[Key] extends boolean ? boolean : string;
};

/** Settings of an address, where they are of the type of their default; unknown ones are left out. */
export function parseSettings<S extends Settings>(defaults: S, query: URLSearchParams): Widened<S> {
  const settings: Record<string, number | string | boolean> = { ...defaults };
  for (const [name, fallback] of Object.entries(defaults)) {
    const text = query.get(name);
    if (text === null) continue;
    if (typeof fallback === 'number') {
      const value = Number(text);
      if (text.trim() !== '' && Number.isFinite(value)) settings[name] = value;
    } else if (typeof fallback === 'boolean') settings[name] = text === 'true';
    else settings[name] = text;
  }
  return settings as Widened<S>;
}

/** The part of an address that says how settings differ from their defaults. */
export function formatSettings(defaults: Settings, settings: Settings): string {
  const changed = Object.entries(settings).filter(([name, value]) => value !== defaults[name]);
  return new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
}

/**
 * Settings of the open chapter that are kept in the address, so that it can be shared. What an address asks for is
 * anybody's guess: clamp it before use.
 */
export function useSettings<S extends Settings>(
  defaults: S,
): readonly [Widened<S>, (changes: Partial<Widened<S>>) => void] {
  const [settings, setSettings] = useState(() => parseSettings(defaults, readAddress().query));
  const change = useCallback((changes: Partial<Widened<S>>) => setSettings((now) => ({ ...now, ...changes })), []);
  useEffect(() => {
    const query = formatSettings(defaults, settings as Settings);
    const hash = `#/${readAddress().chapter}${query && `?${query}`}`;
    // Replaced, not pushed: a slider does not fill the history.
    if (hash !== location.hash && (query || location.hash.includes('?'))) history.replaceState(null, '', hash);
  }, [defaults, settings]);
  return [settings, change];
}

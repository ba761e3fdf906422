import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { checkArgument, argumentKinds as kinds } from '@rbm/core/contracts';

/**
 * The folder where downloads are kept between runs. `RBM_CACHE` overrides it; otherwise it is `rbm` in the platform's
 * folder for caches: `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory Specification, which has relative paths
 * ignored), `~/Library/Caches` on macOS, `LOCALAPPDATA` on Windows. The folder need not exist.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  checkArgument('cacheFolder', 'environment', environment, { ...kinds.record, example: 'process.env' });
  if (environment.RBM_CACHE) return environment.RBM_CACHE;
  return join(platformCacheFolder(environment, platform, home), 'rbm');
}

function platformCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string,
  home: string,
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  if (platform === 'win32') return environment.LOCALAPPDATA || join(home, 'AppData', 'Local');
  const xdg = environment.XDG_CACHE_HOME;
  return xdg && isAbsolute(xdg) ? xdg : join(home, '.cache');
}

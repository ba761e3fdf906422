import { type Browser, chromium } from 'playwright-core';

/** A Chromium on this machine, if there is one. */
export const chromiumPath: string | undefined = process.env.CHROMIUM;

/** Starts it without a window. */
export function launch(): Promise<Browser> {
  if (!chromiumPath) throw new Error('There is no Chromium here. Install it, or give its path in CHROMIUM.');
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: chromiumPath, chromiumSandbox: false, args: quiet });
}

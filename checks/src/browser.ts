import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A Chromium on this machine, if there is one: `CHROMIUM`, or where systems install it. */
export const chromiumPath: string | undefined = places.find((place) => place && existsSync(place));

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

// Pictures of every chapter in both colour schemes and on a telephone: `node scripts/screenshots.mjs FOLDER [CHAPTER …]`.
import { mkdirSync } from 'node:fs';
import { createServer } from 'vite';

const [folder, ...wanted] = process.argv.slice(2);
const server = await createServer({ root: new URL('..', import.meta.url).pathname, server: { middlewareMode: true } });
try {
  const { openSite, openChapter } = await server.ssrLoadModule('/src/page.testing.ts');
  const { chapters } = await server.ssrLoadModule('/src/chapters.ts');
  mkdirSync(folder, { recursive: true });
  const site = await openSite();
  for (const { id } of chapters.filter((chapter) => wanted.length === 0 || wanted.includes(chapter.id))) {
    for (const [name, options] of [
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['narrow', { colorScheme: 'light', viewport: { width: 390, height: 800 } }],
    ]) {
      const { page } = await openChapter(site, id, options);
      await page.locator('.katex').first().waitFor();
      const start = page.locator('button.primary').first();
      if (await start.count()) await start.click();
      await page.waitForTimeout(3000);
      await page.screenshot({ path: `${folder}/${id}-${name}.jpg`, type: 'jpeg', quality: 60, fullPage: true });
      await page.context().close();
    }
  }
  await site.close();
} finally {
  await server.close();
}

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Download, download } from './download.js';
import { type Loopback, loopback } from './loopback.testing.js';

const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
let parent: string;
let folder: string;
const servers: Loopback[] = [];

async function serve(...parameters: Parameters<typeof loopback>): Promise<Loopback> {
  const server = await loopback(...parameters);
  servers.push(server);
  return server;
}

function request(...urls: string[]): Download {
  return {
    urls,
    path: join(folder, 'file'),
    sha256: createHash('sha256').update(content).digest('hex'),
    length: content.length,
    advice: 'Do something else.',
  };
}

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rbm-download-'));
  folder = join(parent, 'new', 'cache');
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  await rm(parent, { recursive: true });
});

/** Names in the folder, none if it was never made. */
const left = () => readdir(folder).catch(() => []);

test.each([1, 9])('keeps a file compressed at level %i as it came', async (level) => {
  const packed = gzipSync(content, { level });
  const server = await serve((_, response) => response.end(packed));
  const lines: string[] = [];
  const path = await download(request(server.url), { log: (line) => lines.push(line) });
  expect(path).toBe(join(folder, 'file.gz'));
  expect(await readFile(path)).toEqual(packed);
  expect(await left()).toEqual(['file.gz']);
  expect(lines).toEqual([`Downloading ${server.url}`]);
});

test('keeps a file that the transport decompressed under its plain name', async () => {
  const server = await serve((_, response) => {
    response.setHeader('Content-Encoding', 'gzip').end(gzipSync(content));
  });
  const path = await download(request(server.url));
  expect(path).toBe(join(folder, 'file'));
  expect(Uint8Array.from(await readFile(path))).toEqual(content);
});

test('goes on to the next mirror after a 404, a broken connection, and other content', async () => {
  const missing = await serve((_, response) => response.writeHead(404).end('nothing here'));
  const broken = await serve((_, response) => response.destroy());
  const other = await serve((_, response) => response.end('a login page'));
  const good = await serve((_, response) => response.end(content));
  const urls = [missing, broken, other, good].map(({ url }) => url);
  await expect(download(request(...urls))).resolves.toBe(join(folder, 'file'));
  expect([missing, broken, other, good].map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1]);
});

test('says why each mirror failed and what to do', async () => {
  const missing = await serve((_, response) => response.writeHead(404).end());
  const cut = await serve((_, response) => {
    response.writeHead(200, { 'Content-Length': content.length });
    response.write(content.subarray(0, 100), () => response.destroy());
  });
  const error = await download(request(missing.url, cut.url)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED' });
  const { message } = error as Error;
  expect(message).toContain(`${missing.url} could not be downloaded: the server answered 404 Not Found.`);
  expect(message).toContain(`${cut.url} could not be downloaded: terminated`);
  expect(message).toMatch(/Do something else\.$/);
  expect(await left()).toEqual([]);
});

test.each<[string, Uint8Array]>([
  ['other content', content.map((byte) => byte ^ 1)],
  ['a damaged gzip stream', gzipSync(content).subarray(0, 200)],
  ['too much gzipped content', gzipSync(Buffer.concat([content, content]))],
])('refuses %s and leaves nothing behind', async (_, bytes) => {
  const missing = await serve((_, response) => response.writeHead(503).end());
  const server = await serve((_, response) => response.end(bytes));
  await expect(download(request(server.url, missing.url))).rejects.toMatchObject({
    code: 'CHECKSUM_MISMATCH',
    message: expect.stringContaining(`${server.url} is not the file that was expected`),
  });
  expect(await left()).toEqual([]);
});

test('stops reading when far too much comes', async () => {
  const server = await serve((_, response) => response.end(new Uint8Array(2 ** 21)));
  await expect(download(request(server.url))).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('more than'),
  });
});

test('an abort interrupts a server that is silent', { timeout: 5000 }, async () => {
  const controller = new AbortController();
  const server = await serve((_, response) => {
    response.write(content.subarray(0, 100), () => setTimeout(() => controller.abort(new Error('enough')), 20));
  });
  await expect(download(request(server.url, server.url), { signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
    cause: new Error('enough'),
  });
  expect(server.requests).toHaveLength(1);
  expect(await left()).toEqual([]);
});

test('any signal is asked between chunks and before writing', async () => {
  const signal = { aborted: false };
  const server = await serve((_, response) => {
    signal.aborted = true;
    response.end(content);
  });
  await expect(download(request(server.url), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await left()).toEqual([]);
});

test('says when the file cannot be written', async () => {
  await writeFile(join(parent, 'new'), 'not a folder');
  const server = await serve((_, response) => response.end(content));
  await expect(download(request(server.url))).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('cannot be written'),
  });
});

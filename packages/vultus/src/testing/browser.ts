/** A headless Chromium on a page of a local server, cross-origin isolated unless asked otherwise, for tests of the browser entry. Nothing is bundled. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { samplePhoto } from './data.ts';

/** A page with the browser entry as `globalThis.vultus`, and what it needs under `/models/`, `/ort/` and `/photos/`. */
export interface BrowserPage {
  readonly page: Page;
  /** Addresses that the page asked for and that were not there, or not on this server. */
  readonly failedRequests: readonly string[];
  close(): Promise<void>;
}

/** Path of a Chromium: `VULTUS_CHROMIUM`, else where Debian and others put it; `undefined` where there is none. */
export function chromiumPath(): string | undefined {
  const places = [
    process.env.VULTUS_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((path) => path !== undefined && existsSync(path));
}

const packages = fileURLToPath(new URL('../../../', import.meta.url));
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));

/** URL prefix → folder. */
const folders: Readonly<Record<string, string>> = {
  '/vultus/': join(packages, 'vultus', 'dist'),
  '/models/': join(packages, 'models', 'models'),
  '/ort/': ortFolder,
  '/photos/': dirname(samplePhoto(1)),
};

const importMap = {
  imports: {
    vultus: '/vultus/browser.js',
    'onnxruntime-web/wasm': '/ort/ort.wasm.bundle.min.mjs',
    'onnxruntime-web/webgpu': '/ort/ort.webgpu.bundle.min.mjs',
  },
};

const html = `<!doctype html><meta charset="utf-8"><title>Vultus</title>
<script type="importmap">${JSON.stringify(importMap)}</script>
<script type="module">globalThis.vultus = await import('vultus');</script>`;

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
};

/**
 * Starts server and browser and opens the page.
 * @param options `isolated: false` leaves out the headers that give a page shared memory
 */
export async function openBrowserPage(
  executablePath: string,
  { isolated = true }: { readonly isolated?: boolean } = {},
): Promise<BrowserPage> {
  const server = createServer(async (request, response) => {
    const file = await readServed(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    response.setHeader('Content-Type', file?.type ?? 'text/plain');
    response.statusCode = file ? 200 : 404;
    response.end(file?.body ?? 'not found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const page = await browser.newPage();
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const failedRequests = watchRequests(page, origin);
    const loaded = new Promise<never>((_, reject) => page.once('pageerror', reject));
    loaded.catch(() => undefined);
    await page.goto(origin);
    // A module that does not load (one that imports Node's, say) is an error of the page, not of the navigation.
    await Promise.race([page.waitForFunction('globalThis.vultus'), loaded]);
    const opened = browser;
    return { page, failedRequests, close: () => closeAll(opened, server) };
  } catch (error) {
    await closeAll(browser, server);
    throw error;
  }
}

function watchRequests(page: Page, origin: string): string[] {
  const failed: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) failed.push(response.url());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) failed.push(request.url());
  });
  return failed;
}

async function closeAll(browser: Browser | undefined, server: Server): Promise<void> {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function readServed(path: string): Promise<{ body: Uint8Array | string; type: string } | undefined> {
  if (path === '/') return { body: html, type: 'text/html' };
  const prefix = Object.keys(folders).find((candidate) => path.startsWith(candidate));
  const folder = prefix === undefined ? undefined : folders[prefix];
  if (prefix === undefined || folder === undefined) return undefined;
  // normalize() of an absolute path never leaves its root, so the file stays inside the folder.
  const file = join(folder, normalize(`/${decodeURIComponent(path.slice(prefix.length))}`));
  const body = await readFile(file).catch(() => undefined);
  return body && { body, type: contentTypes[extname(file)] ?? 'application/octet-stream' };
}

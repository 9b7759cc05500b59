/** Manifests and model files over HTTP: found beside each other, and told apart when they are missing or no JSON. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCatalog } from './catalog.ts';
import { webSources } from './files-web.ts';

const entry = {
  id: 'mine',
  kind: 'embedder',
  family: 'arcface',
  file: 'mine.onnx',
  input: { width: 112, height: 112 },
  outputs: { embedding: 'out' },
};
const files: Readonly<Record<string, string>> = {
  '/models/manifest.json': JSON.stringify({ format: 1, models: [entry, { ...entry, id: 'gone', file: 'gone.onnx' }] }),
  '/models/mine.onnx': 'bytes',
  '/models/bad.json': '<html>',
};
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = files[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`;
});

afterAll(() => {
  server.close();
});

it('reads a manifest and the files beside it', async () => {
  const catalog = await openCatalog(await webSources([`${base}manifest.json`]));
  expect(new TextDecoder().decode(await catalog.read(catalog.entry('mine')))).toBe('bytes');
  await expect(catalog.read(catalog.entry('gone'))).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
    message: expect.stringContaining('gone.onnx'),
  });
});

it('tells a missing manifest, one that is no JSON, and a server that is not there', async () => {
  await expect(webSources([`${base}none.json`])).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  await expect(webSources([`${base}bad.json`])).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  await expect(webSources(['http://127.0.0.1:1/manifest.json'])).rejects.toMatchObject({ code: 'FILE_READ' });
});

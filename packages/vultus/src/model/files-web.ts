/** Manifests and model files over HTTP, for the browser. */

import { VultusError } from '../errors.ts';
import type { CatalogSource } from './catalog.ts';

/**
 * Fetches manifests; model files are fetched from beside their manifest when first needed.
 * @param manifests URLs, absolute or relative to the page; later ones win
 * @throws VultusError `MODEL_NOT_FOUND` for a 404, `MODEL_INVALID` when it is no JSON, `FILE_READ` otherwise
 */
export async function webSources(manifests: readonly (string | URL)[]): Promise<CatalogSource[]> {
  return Promise.all(manifests.map(manifestUrl));
}

async function manifestUrl(address: string | URL): Promise<CatalogSource> {
  const url = new URL(address, globalThis.location?.href);
  const text = new TextDecoder().decode(await fetchBytes(url));
  try {
    return { name: url.href, manifest: JSON.parse(text), read: (file) => fetchBytes(new URL(file, url)) };
  } catch (error) {
    throw new VultusError('MODEL_INVALID', `Expected ${url.href} to be JSON, got: ${(error as Error).message}`, {
      cause: error,
      details: { url: url.href },
    });
  }
}

async function fetchBytes(url: URL): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new VultusError('FILE_READ', `Expected to fetch ${url.href}, got: ${(error as Error).message}`, {
      cause: error,
      details: { url: url.href },
    });
  }
  if (!response.ok) {
    throw new VultusError(
      response.status === 404 ? 'MODEL_NOT_FOUND' : 'FILE_READ',
      `Expected a model file or manifest at ${url.href}, got status ${response.status}. Serve the folder of @vultus/models there`,
      { details: { url: url.href, status: response.status } },
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The browser entry of the SDK. */

import { Engine, type Platform, type VultusOptions } from './engine.ts';
import { VultusError } from './errors.ts';
import { openPicture } from './image/open-web.ts';
import { openCatalog } from './model/catalog.ts';
import { webSources } from './model/files-web.ts';
import { openWebBackend, type WebBackendOptions } from './runtime/onnx-web.ts';

/** How an engine is opened in a browser; `models` are URLs of manifests. */
export interface WebVultusOptions extends VultusOptions, Pick<WebBackendOptions, 'wasmPaths' | 'background'> {
  /** Where the shipped models are served: the URL of their `manifest.json`; default `models/manifest.json` beside the page. */
  readonly shipped?: string | URL;
}

/** An open engine; see {@link Engine}. */
export type Vultus = Engine;

/**
 * The way in.
 * @example
 * const vultus = await Vultus.open({ shipped: '/models/manifest.json', wasmPaths: '/ort/' });
 * const faces = await vultus.analyze(document.querySelector('img'));
 */
export const Vultus = {
  /** Opens an engine; models are fetched and opened on first use. @throws VultusError `MODEL_NOT_FOUND`, `DEVICE_UNAVAILABLE`, … */
  open: (options: WebVultusOptions = {}): Promise<Engine> => Engine.open(webPlatform(options), options),
};

/** What a browser brings to an engine. Replace a part, such as the backend, and open one with `Engine.open(platform, options)`. */
export function webPlatform({ shipped = 'models/manifest.json', ...options }: WebVultusOptions = {}): Platform {
  return {
    openPicture,
    openBackend: (chosen) => openWebBackend({ ...options, ...chosen }),
    openCatalog: async (manifests, licences) => openCatalog(await webSources([shipped, ...manifests]), { licences }),
    readText: async (url) => {
      const response = await fetch(url);
      if (!response.ok) throw new VultusError('FILE_READ', `Expected a file at ${url}, got status ${response.status}`);
      return response.text();
    },
  };
}

export * from './common.ts';
export { encodeImage } from './image/encode-web.ts';
export { type OpenOptions, openPicture } from './image/open-web.ts';
export { webSources } from './model/files-web.ts';

/** What the SDK accepts as a picture. */

import type { Image, Picture, RawPixels } from './image.ts';

/**
 * Anything that can be read as a picture: a path or URL (Node: a path, a `file:` URL; `http(s):` only with `allowUrls`),
 * encoded bytes, a Blob, raw pixels, an {@link Image}, a {@link Picture}; in a browser also the elements that hold pixels.
 */
export type ImageSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | RawPixels
  | Image
  | Picture
  | ImageBitmap
  | ImageData
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

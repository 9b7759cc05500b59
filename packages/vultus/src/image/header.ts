/** Reads the size of an encoded picture from its header, where the platform would only tell after decoding. */

import type { PictureFormat } from './format.ts';

/** Width and height as stored (before EXIF orientation), in pixels. */
export interface HeaderSize {
  readonly width: number;
  readonly height: number;
}

/** The size that the header announces, `undefined` when it cannot be found; a limit check, not a validation. */
export function headerSize(bytes: Uint8Array, format: PictureFormat): HeaderSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    switch (format) {
      case 'png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'gif':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'bmp':
        return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
      case 'jpeg':
        return jpegSize(view);
      case 'webp':
        return webpSize(view);
      case 'avif':
        return isoSize(view);
      default:
        return undefined;
    }
  } catch (error) {
    // Reading past the end: the header is cut off.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The first frame header (SOF0…SOF15 without the three codes that mean other things). */
function jpegSize(view: DataView): HeaderSize | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webpSize(view: DataView): HeaderSize | undefined {
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X: 24-bit sizes less one
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    case 0x5650384c: {
      // VP8L: 14-bit sizes less one
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
    }
    case 0x56503820: // VP8: 14-bit sizes after the start code
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return undefined;
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

/** The largest `ispe` (image spatial extents) property near the start of the file. */
function isoSize(view: DataView): HeaderSize | undefined {
  let best: HeaderSize | undefined;
  const end = Math.min(view.byteLength, 65_536) - 16;
  for (let at = 0; at <= end; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (best === undefined || size.width * size.height > best.width * best.height) best = size;
  }
  return best;
}

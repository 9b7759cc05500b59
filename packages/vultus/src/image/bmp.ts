/** Reads uncompressed BMP, which libvips as shipped with sharp does not. */

import { VultusError } from '../errors.ts';
import { checkPixels } from './check.ts';
import type { ImageLimits, RawPixels } from './image.ts';

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Rows run from the bottom up unless the height is negative. */
  readonly bottomUp: boolean;
  readonly pixels: number;
  readonly palette: number;
}

/**
 * BMP of 8 (palette), 24 or 32 bits, without compression (or with the usual BGRA bit fields), as raw pixels.
 * Throws `IMAGE_DECODE` when truncated, `UNSUPPORTED_FORMAT` for other kinds, `IMAGE_TOO_LARGE`.
 */
export function readBmp(bytes: Uint8Array, limits: Required<ImageLimits>): RawPixels {
  const header = readHeader(bytes);
  const { width, height, bits, bottomUp } = header;
  checkPixels(width, height, limits);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (header.pixels + stride * height > bytes.length) {
    throw damaged(`${width}×${height} at ${bits} bits needs ${stride * height} bytes of pixels`);
  }
  const rowAt = (y: number) => header.pixels + (bottomUp ? height - 1 - y : y) * stride;
  if (bits === 8) return expandPalette(bytes, header, rowAt);
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) data.set(bytes.subarray(rowAt(y), rowAt(y) + stride), y * stride);
  return { data, width, height, stride, format: bits === 24 ? 'bgr' : 'bgra' };
}

function readHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < 54) throw damaged('the header is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getUint32(14, true);
  const signedHeight = view.getInt32(22, true);
  const width = view.getInt32(18, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const usual = compression === 0 || (compression === 3 && bits === 32 && hasUsualMasks(view));
  if (size < 40 || ![8, 24, 32].includes(bits) || !usual) {
    throw new VultusError(
      'UNSUPPORTED_FORMAT',
      `Expected an uncompressed BMP of 8, 24 or 32 bits, got ${bits} bits with compression ${compression}; convert it to PNG`,
    );
  }
  if (width < 1 || height < 1) throw damaged(`it says ${width}×${height}`);
  const pixels = view.getUint32(10, true);
  return { width, height, bits, bottomUp: signedHeight > 0, pixels, palette: 14 + size };
}

/** Blue, green, red from the lowest byte up: the order of plain 32-bit BMP. */
function hasUsualMasks(view: DataView): boolean {
  if (view.byteLength < 66) return false;
  return (
    view.getUint32(54, true) === 0xff0000 && view.getUint32(58, true) === 0xff00 && view.getUint32(62, true) === 0xff
  );
}

function expandPalette(bytes: Uint8Array, header: BmpHeader, rowAt: (y: number) => number): RawPixels {
  const { width, height, palette } = header;
  const data = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = rowAt(y);
    for (let x = 0; x < width; x++) {
      // An index beyond a cut-off palette reads as black.
      const entry = palette + (bytes[row + x] as number) * 4;
      data[to++] = bytes[entry] ?? 0;
      data[to++] = bytes[entry + 1] ?? 0;
      data[to++] = bytes[entry + 2] ?? 0;
    }
  }
  return { data, width, height, format: 'bgr' };
}

function damaged(why: string): VultusError {
  return new VultusError('IMAGE_DECODE', `The BMP picture is damaged or incomplete: ${why}`);
}

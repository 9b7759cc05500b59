/** Pixels into a tensor by the WebAssembly kernel, in bands that stay in the processor's cache. */

import type { Image } from './image.ts';
import { openPixelKernel, type PixelKernel, spareBytes } from './kernel.ts';
import { type PixelEncoding, perChannel, pixelOrder, type TensorPlace } from './tensor-plan.ts';

/** Bytes of a band, pixels and floats together. */
const bandBytes = 262_144;

const floatBytes = Float32Array.BYTES_PER_ELEMENT;

/** Writes a picture into its place, top left. @returns false, with nothing written, where there is no kernel */
export function kernelFill(image: Image, input: PixelEncoding, place: TensorPlace): boolean {
  const { width, height } = image;
  const planes = input.channels === 'gray' ? 1 : input.layout === 'NCHW' ? 3 : 0;
  const rowFloats = planes === 0 ? width * 3 : width;
  // What is stored past the end of a row is written over by the next.
  const step = rowFloats * floatBytes;
  const rowsAtOnce = Math.max(1, Math.floor(bandBytes / (width * 3 + Math.max(1, planes) * step)));
  const pitch = align(rowsAtOnce * step + spareBytes);
  const floatsAt = align(rowsAtOnce * width * 3 + spareBytes);
  const kernel = openPixelKernel(floatsAt + Math.max(1, planes) * pitch);
  if (kernel === undefined) return false;
  const { buffer } = kernel.memory;
  const bytes = new Uint8Array(buffer);
  for (let top = 0; top < height; top += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - top);
    bytes.set(image.data.subarray(top * width * 3, (top + rows) * width * 3), 0);
    convert(kernel, width, rows, floatsAt, step, pitch, input);
    for (let plane = 0; plane < Math.max(1, planes); plane++) {
      const floats = new Float32Array(buffer, floatsAt + plane * pitch, rows * rowFloats);
      if (width === place.width) place.data.set(floats, rowStart(place, planes, plane, top));
      else {
        for (let row = 0; row < rows; row++) {
          const part = floats.subarray(row * rowFloats, (row + 1) * rowFloats);
          place.data.set(part, rowStart(place, planes, plane, top + row));
        }
      }
    }
  }
  return true;
}

function convert(
  kernel: PixelKernel,
  width: number,
  rows: number,
  floatsAt: number,
  step: number,
  pitch: number,
  input: PixelEncoding,
): void {
  const { mean, std } = input;
  if (input.channels === 'gray') {
    kernel.luma(0, width, rows, floatsAt, step, perChannel(mean, 0), 1 / perChannel(std, 0));
    return;
  }
  const bgr = input.channels === 'bgr';
  if (input.layout === 'NHWC') {
    const [m0, m1, m2] = pixelOrder(mean, false);
    const [s0, s1, s2] = pixelOrder(std, false);
    kernel.pixels(0, width, rows, floatsAt, step, bgr ? 2 : 0, m0, m1, m2, 1 / s0, 1 / s1, 1 / s2);
    return;
  }
  const [red, green, blue] = bgr ? [2, 1, 0] : [0, 1, 2];
  const [redMean, greenMean, blueMean] = pixelOrder(mean, bgr);
  const [redStd, greenStd, blueStd] = pixelOrder(std, bgr);
  kernel.planes(
    0,
    width,
    rows,
    floatsAt + red * pitch,
    floatsAt + green * pitch,
    floatsAt + blue * pitch,
    step,
    redMean,
    greenMean,
    blueMean,
    1 / redStd,
    1 / greenStd,
    1 / blueStd,
  );
}

/** Where a row begins in the tensor. */
function rowStart(place: TensorPlace, planes: number, plane: number, row: number): number {
  if (planes === 0) return place.start + row * place.width * 3;
  return place.start + (plane * place.height + row) * place.width;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

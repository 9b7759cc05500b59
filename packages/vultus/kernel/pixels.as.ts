/** The inner loops over pixels, in AssemblyScript: samples of a picture along a grid, means of blocks, tensors. */

/*
 * Pictures are rows of RGB bytes without gaps. Loads may reach up to 13 bytes past the last pixel and stores 3: memory behind
 * a picture must exist. Positions are kept to 1/256 of a pixel, values to a whole level, rounded.
 */

/** Takes bytes 0, 3, 1, 4, 2, 5 (the channels of two neighbours, paired) and widens them to int16. */
function pairChannels(pixels: v128): v128 {
  return v128.swizzle(pixels, i8x16(0, 127, 3, 127, 1, 127, 4, 127, 2, 127, 5, 127, 127, 127, 127, 127));
}

/** Mixes four neighbours by 8-bit fractions: red, green, blue in lanes 0 to 2, times 65,536. */
function mix(p: usize, q: usize, fx: i32, fy: i32): v128 {
  const across = i32x4.splat((fx << 16) | (256 - fx));
  const upper = i32x4.dot_i16x8_s(pairChannels(v128.load64_zero(p)), across);
  const lower = i32x4.dot_i16x8_s(pairChannels(v128.load64_zero(q)), across);
  return i32x4.add(i32x4.mul(upper, i32x4.splat(256 - fy)), i32x4.mul(lower, i32x4.splat(fy)));
}

/** The same where a neighbour may be missing: `right` is the offset of the pixel to the right, 3 or 0. */
function mixAtEdge(p: usize, q: usize, right: usize, fx: i32, fy: i32): v128 {
  const w11 = fx * fy;
  const w01 = (fx << 8) - w11;
  const w10 = (fy << 8) - w11;
  const w00 = 65536 - (fx << 8) - w10;
  let lanes = i32x4.splat(0);
  lanes = i32x4.replace_lane(lanes, 0, tap(p, q, right, 0, w00, w01, w10, w11));
  lanes = i32x4.replace_lane(lanes, 1, tap(p, q, right, 1, w00, w01, w10, w11));
  return i32x4.replace_lane(lanes, 2, tap(p, q, right, 2, w00, w01, w10, w11));
}

function tap(p: usize, q: usize, right: usize, k: usize, w00: i32, w01: i32, w10: i32, w11: i32): i32 {
  return w00 * load<u8>(p + k) + w01 * load<u8>(p + right + k) + w10 * load<u8>(q + k) + w11 * load<u8>(q + right + k);
}

/** A bilinear sample; taps stop at edge pixels, a point outside 0…endX, 0…endY is black unless `edge`. */
function sample(source: usize, width: i32, height: i32, x: f64, y: f64, edge: i32, endX: f64, endY: f64): v128 {
  if (!edge && !(x >= 0 && y >= 0 && x <= endX && y <= endY)) return i32x4.splat(0);
  const stride = usize(width) * 3;
  const fineX = i32(min(max(x * 256 - 127.5, 0), f64(width - 1) * 256));
  const fineY = i32(min(max(y * 256 - 127.5, 0), f64(height - 1) * 256));
  const left = fineX >> 8;
  const top = fineY >> 8;
  const p = source + usize(top) * stride + usize(left) * 3;
  const right = left + 1 < width ? 3 : 0;
  return mixAtEdge(p, top + 1 < height ? p + stride : p, right, fineX & 255, fineY & 255);
}

/** A sample all of whose neighbours exist, at a position in 2⁻²⁴ pixels. */
function sampleInside(source: usize, stride: usize, x: i64, y: i64): v128 {
  const p = source + usize(y >> 24) * stride + usize(x >> 24) * 3;
  return mix(p, p + stride, i32(x >> 16) & 255, i32(y >> 16) & 255);
}

/** A position of a pixel's middle, counted from pixel middles, rounded to the fraction that is used. */
function fixed(x: f64): i64 {
  return i64((x - 0.5) * 16777216 + 32768);
}

/** Red, green and blue out of lanes that hold them times 65,536; the fourth byte is the next pixel's. */
function put(out: usize, lanes: v128): void {
  const bytes = v128.swizzle(lanes, i8x16(2, 6, 10, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127));
  store<u32>(out, i32x4.extract_lane(bytes, 0));
}

/** The mean of four samples, times 65,536. */
function meanOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const sum = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  return i32x4.shr_u(i32x4.add(sum, i32x4.splat(131072)), 2);
}

/**
 * Fills `columns` × `rows` pixels at `out`: target pixel (i, j) shows the source at (a x + b y + c, d x + e y + f) for its
 * centre (x, y) = (i + ½, j + ½), or with `four` the mean of the source at its four quarter points.
 */
export function warp(
  source: usize,
  width: i32,
  height: i32,
  a: f64,
  b: f64,
  c: f64,
  d: f64,
  e: f64,
  f: f64,
  out: usize,
  columns: i32,
  rows: i32,
  four: i32,
  edge: i32,
  endX: f64,
  endY: f64,
): void {
  const stride = usize(width) * 3;
  const sumX = four ? (a + b) / 4 : 0;
  const sumY = four ? (d + e) / 4 : 0;
  const differenceX = four ? (a - b) / 4 : 0;
  const differenceY = four ? (d - e) / 4 : 0;
  // How far from a pixel's centre its samples lie at most, and a pixel to spare.
  const marginX = max(abs(sumX), abs(differenceX)) + 1.5;
  const marginY = max(abs(sumY), abs(differenceY)) + 1.5;
  const stepX = i64(a * 16777216);
  const stepY = i64(d * 16777216);
  const rounding = i32x4.splat(32768);
  for (let j = 0; j < rows; j++) {
    const startX = a * 0.5 + b * (f64(j) + 0.5) + c;
    const startY = d * 0.5 + e * (f64(j) + 0.5) + f;
    const lastX = startX + a * f64(columns - 1);
    const lastY = startY + d * f64(columns - 1);
    const inside =
      min(startX, lastX) >= marginX &&
      min(startY, lastY) >= marginY &&
      max(startX, lastX) <= f64(width) - marginX &&
      max(startY, lastY) <= f64(height) - marginY;
    if (inside && four) {
      let x0 = fixed(startX - sumX);
      let y0 = fixed(startY - sumY);
      let x1 = fixed(startX + differenceX);
      let y1 = fixed(startY + differenceY);
      let x2 = fixed(startX - differenceX);
      let y2 = fixed(startY - differenceY);
      let x3 = fixed(startX + sumX);
      let y3 = fixed(startY + sumY);
      for (let i = 0; i < columns; i++, out += 3) {
        const upper = sampleInside(source, stride, x0, y0);
        const right = sampleInside(source, stride, x1, y1);
        const left = sampleInside(source, stride, x2, y2);
        put(out, meanOfFour(upper, right, left, sampleInside(source, stride, x3, y3)));
        x0 += stepX;
        y0 += stepY;
        x1 += stepX;
        y1 += stepY;
        x2 += stepX;
        y2 += stepY;
        x3 += stepX;
        y3 += stepY;
      }
    } else if (inside) {
      let x0 = fixed(startX);
      let y0 = fixed(startY);
      for (let i = 0; i < columns; i++, out += 3) {
        put(out, i32x4.add(sampleInside(source, stride, x0, y0), rounding));
        x0 += stepX;
        y0 += stepY;
      }
    } else {
      for (let i = 0; i < columns; i++, out += 3) {
        const x = startX + a * f64(i);
        const y = startY + d * f64(i);
        if (four) {
          const upper = sample(source, width, height, x - sumX, y - sumY, edge, endX, endY);
          const right = sample(source, width, height, x + differenceX, y + differenceY, edge, endX, endY);
          const left = sample(source, width, height, x - differenceX, y - differenceY, edge, endX, endY);
          const lower = sample(source, width, height, x + sumX, y + sumY, edge, endX, endY);
          put(out, meanOfFour(upper, right, left, lower));
        } else {
          put(out, i32x4.add(sample(source, width, height, x, y, edge, endX, endY), rounding));
        }
      }
    }
  }
}

/**
 * One row of block means: `rows` source rows of `width` pixels → ceil(width / block) pixels at `out`. Blocks at the right
 * edge average what is there. `sums` has room for width × 3 uint16 and 32 bytes more; at most 256 rows.
 */
export function averageRow(source: usize, width: i32, rows: i32, block: i32, sums: usize, out: usize): void {
  const bytes = width * 3;
  memory.fill(sums, 0, usize(bytes) * 2);
  for (let r = 0; r < rows; r++) {
    const row = source + usize(r * bytes);
    for (let i = 0; i < bytes; i += 16) {
      const pixels = v128.load(row + i);
      const at = sums + (usize(i) << 1);
      v128.store(at, i16x8.add(v128.load(at), i16x8.extend_low_i8x16_u(pixels)));
      v128.store(at, i16x8.add(v128.load(at, 16), i16x8.extend_high_i8x16_u(pixels)), 16);
    }
  }
  for (let x = 0; x < width; x += block) {
    const count = min(block, width - x);
    let red: u32 = 0;
    let green: u32 = 0;
    let blue: u32 = 0;
    let at = sums + usize(x) * 6;
    for (let k = 0; k < count; k++, at += 6) {
      red += load<u16>(at);
      green += load<u16>(at, 2);
      blue += load<u16>(at, 4);
    }
    const share = 1 / f64(rows * count);
    store<u8>(out, u8(f64(red) * share + 0.5));
    store<u8>(out, u8(f64(green) * share + 0.5), 1);
    store<u8>(out, u8(f64(blue) * share + 0.5), 2);
    out += 3;
  }
}

/** Four pixels' values of one channel, (byte − mean) × factor; `indices` says which bytes. */
function scaled(pixels: v128, indices: v128, mean: v128, factor: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.convert_i32x4_u(v128.swizzle(pixels, indices)), mean), factor);
}

/**
 * Pixels as three planes, each starting where it is told and with rows `step` bytes apart: value = (byte − mean) × factor.
 * Stores reach up to 12 bytes past a row's last float: what lies there is written later or not used.
 */
export function planes(
  source: usize,
  width: i32,
  rows: i32,
  red: usize,
  green: usize,
  blue: usize,
  step: usize,
  redMean: f32,
  greenMean: f32,
  blueMean: f32,
  redFactor: f32,
  greenFactor: f32,
  blueFactor: f32,
): void {
  const reds = i8x16(0, 127, 127, 127, 3, 127, 127, 127, 6, 127, 127, 127, 9, 127, 127, 127);
  const greens = i8x16(1, 127, 127, 127, 4, 127, 127, 127, 7, 127, 127, 127, 10, 127, 127, 127);
  const blues = i8x16(2, 127, 127, 127, 5, 127, 127, 127, 8, 127, 127, 127, 11, 127, 127, 127);
  const means0 = f32x4.splat(redMean);
  const means1 = f32x4.splat(greenMean);
  const means2 = f32x4.splat(blueMean);
  const factors0 = f32x4.splat(redFactor);
  const factors1 = f32x4.splat(greenFactor);
  const factors2 = f32x4.splat(blueFactor);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x += 4) {
      const pixels = v128.load(source + usize(x) * 3);
      const at = usize(x) << 2;
      v128.store(red + at, scaled(pixels, reds, means0, factors0));
      v128.store(green + at, scaled(pixels, greens, means1, factors1));
      v128.store(blue + at, scaled(pixels, blues, means2, factors2));
    }
    source += usize(width) * 3;
    red += step;
    green += step;
    blue += step;
  }
}

/** BT.601 luma of the pixels, (luma − mean) × factor, rows `step` bytes apart. Stores as {@link planes}. */
export function luma(source: usize, width: i32, rows: i32, out: usize, step: usize, mean: f32, factor: f32): void {
  const reds = i8x16(0, 127, 127, 127, 3, 127, 127, 127, 6, 127, 127, 127, 9, 127, 127, 127);
  const greens = i8x16(1, 127, 127, 127, 4, 127, 127, 127, 7, 127, 127, 127, 10, 127, 127, 127);
  const blues = i8x16(2, 127, 127, 127, 5, 127, 127, 127, 8, 127, 127, 127, 11, 127, 127, 127);
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x += 4) {
      const pixels = v128.load(source + usize(x) * 3);
      const red = scaled(pixels, reds, zero, f32x4.splat(0.299));
      const green = scaled(pixels, greens, zero, f32x4.splat(0.587));
      const blue = scaled(pixels, blues, zero, f32x4.splat(0.114));
      const sum = f32x4.add(f32x4.add(red, green), blue);
      v128.store(out + (usize(x) << 2), f32x4.mul(f32x4.sub(sum, f32x4.splat(mean)), f32x4.splat(factor)));
    }
    source += usize(width) * 3;
    out += step;
  }
}

/**
 * Pixels with their channels together, `first` the byte of a pixel that comes first (0 for RGB, 2 for BGR); means and factors
 * are those of the channels in the order of the target. Rows `step` bytes apart, stores as {@link planes}.
 */
export function pixels(
  source: usize,
  width: i32,
  rows: i32,
  out: usize,
  step: usize,
  first: i32,
  mean0: f32,
  mean1: f32,
  mean2: f32,
  factor0: f32,
  factor1: f32,
  factor2: f32,
): void {
  const last = 2 - first;
  for (let row = 0; row < rows; row++) {
    let to = out;
    for (let x = 0; x < width; x++, source += 3, to += 12) {
      store<f32>(to, (f32(load<u8>(source + first)) - mean0) * factor0);
      store<f32>(to, (f32(load<u8>(source, 1)) - mean1) * factor1, 4);
      store<f32>(to, (f32(load<u8>(source + last)) - mean2) * factor2, 8);
    }
    out += step;
  }
}

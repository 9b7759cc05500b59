/** The inner loops of a search, in AssemblyScript: rows against queries, with the best kept in heaps. */

/*
 * Rows are `stride` bytes apart, each with a float32 scale; a slot without a vector has the scale NaN and never compares
 * as larger. Rows are padded with zeros to a multiple of 16 bytes. A score is scale × Σ component × query, where the caller has put the scale of the query into `unit`; queries are bounded so that
 * no integer sum overflows. A heap holds (float32 score, uint32 row) pairs, the smallest first.
 *
 * A scan walks the rows in four streams, one through each quarter of them: they share the loads of the query, and the
 * memory prefetcher follows all four, where one stream alone gets two thirds of the bandwidth. Loops are hardly unrolled,
 * because V8 then runs out of registers.
 */

/** Sum over one int8 row. */
function dotRow(row: usize, query: usize, stride: usize): f32 {
  let a = i32x4.splat(0);
  for (let end = row + stride; row < end; row += 8) {
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load(query)));
    query += 16;
  }
  return laneSum(a);
}

/** Sum over one float32 row. */
function dotFloats(row: usize, query: usize, stride: usize): f32 {
  let a = f32x4.splat(0);
  for (let end = row + stride; row < end; row += 16) {
    a = f32x4.add(a, f32x4.mul(v128.load(row), v128.load(query)));
    query += 16;
  }
  return floatSum(a);
}

function laneSum(lanes: v128): f32 {
  return floatSum(f32x4.convert_i32x4_s(lanes));
}

function floatSum(f: v128): f32 {
  return f32x4.extract_lane(f, 0) + f32x4.extract_lane(f, 1) + (f32x4.extract_lane(f, 2) + f32x4.extract_lane(f, 3));
}

/** The sums of four int32 vectors, one a lane. */
function fourSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const s = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const t = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(s, t, 0, 2), v128.shuffle<i64>(s, t, 1, 3));
}

/** The same for float32. */
function fourFloatSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const s = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const t = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i64>(s, t, 0, 2), v128.shuffle<i64>(s, t, 1, 3));
}

/** The scales of one row of each quarter. */
function fourScales(scales: usize, quarter: u32): v128 {
  const apart = usize(quarter) << 2;
  const first = v128.load32_zero(scales);
  const two = v128.load32_lane(scales + apart, first, 1);
  const three = v128.load32_lane(scales + 2 * apart, two, 2);
  return v128.load32_lane(scales + 3 * apart, three, 3);
}

function isAllowed(mask: usize, row: usize): bool {
  return mask === 0 || ((load<u8>(mask + (row >> 3)) >> u8(row & 7)) & 1) !== 0;
}

/** Puts a row into a heap of at most `limit`. Returns the new size. */
function push(heap: usize, size: u32, limit: u32, score: f32, row: u32): u32 {
  if (size < limit) {
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = load<f32>(heap + (parent << 3));
      if (above <= score) break;
      store<u64>(heap + (at << 3), load<u64>(heap + (parent << 3)));
      at = parent;
    }
    store<f32>(heap + (at << 3), score);
    store<u32>(heap + (at << 3), row, 4);
    return size + 1;
  }
  let at: u32 = 0;
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && load<f32>(heap + ((child + 1) << 3)) < load<f32>(heap + (child << 3))) child += 1;
    if (load<f32>(heap + (child << 3)) >= score) break;
    store<u64>(heap + (at << 3), load<u64>(heap + (child << 3)));
    at = child;
  }
  store<f32>(heap + (at << 3), score);
  store<u32>(heap + (at << 3), row, 4);
  return size;
}

/** The heap that a scan of one query fills. */
let heapAt: usize = 0;
let heapSize: u32 = 0;
let heapLimit: u32 = 0;
let heapFloor: f32 = 0;
let heapBase: u32 = 0;
let heapMask: usize = 0;
/** What a score must reach; once the heap is full it must be more. */
let heapBar: f32 = 0;

function openHeap(heap: usize, size: u32, limit: u32, floor: f32, base: u32, mask: usize): void {
  heapAt = heap;
  heapSize = size;
  heapLimit = limit;
  heapFloor = floor;
  heapBase = base;
  heapMask = mask;
  heapBar = size === limit ? max<f32>(floor, load<f32>(heap)) : floor;
}

function enter(score: f32, row: u32): void {
  const full = heapSize === heapLimit;
  if (!(full ? score > heapBar : score >= heapBar) || !isAllowed(heapMask, row)) return;
  heapSize = push(heapAt, heapSize, heapLimit, score, heapBase + row);
  if (heapSize === heapLimit) heapBar = max<f32>(heapFloor, load<f32>(heapAt));
}

/** The scores of one row of each quarter. */
function enterFour(scores: v128, row: u32, quarter: u32): void {
  enter(f32x4.extract_lane(scores, 0), row);
  enter(f32x4.extract_lane(scores, 1), quarter + row);
  enter(f32x4.extract_lane(scores, 2), 2 * quarter + row);
  enter(f32x4.extract_lane(scores, 3), 3 * quarter + row);
}

/**
 * One int16 query against `count` int8 rows. Only scores ≥ `floor` enter; `base` is added to the row numbers; `mask`
 * (0 = none) has a bit per row. Returns the new size of the heap.
 */
export function scan(
  rows: usize,
  scales: usize,
  count: u32,
  stride: usize,
  query: usize,
  unit: f32,
  heap: usize,
  size: u32,
  limit: u32,
  floor: f32,
  base: u32,
  mask: usize,
): u32 {
  openHeap(heap, size, limit, floor, base, mask);
  const quarter = count >> 2;
  const apart = usize(quarter) * stride;
  const units = f32x4.splat(unit);
  let bars = f32x4.splat(heapBar);
  for (let row: u32 = 0; row < quarter; row++) {
    let p0 = rows + usize(row) * stride;
    let p1 = p0 + apart;
    let p2 = p1 + apart;
    let p3 = p2 + apart;
    let q = query;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    const end = p0 + stride;
    do {
      let part = v128.load(q);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(p0), part));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(p1), part));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(p2), part));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(p3), part));
      part = v128.load(q, 16);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(p0, 8), part));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(p1, 8), part));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(p2, 8), part));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(p3, 8), part));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      q += 32;
    } while (p0 < end);
    const sums = f32x4.convert_i32x4_s(fourSums(a, b, c, d));
    const scores = f32x4.mul(f32x4.mul(sums, fourScales(scales + (usize(row) << 2), quarter)), units);
    if (v128.any_true(f32x4.ge(scores, bars))) {
      enterFour(scores, row, quarter);
      bars = f32x4.splat(heapBar);
    }
  }
  for (let row: u32 = 4 * quarter; row < count; row++) {
    enter(dotRow(rows + usize(row) * stride, query, stride) * load<f32>(scales + (usize(row) << 2)) * unit, row);
  }
  return heapSize;
}

/** {@link scan} of a float32 query over float32 rows. */
export function scanFloats(
  rows: usize,
  scales: usize,
  count: u32,
  stride: usize,
  query: usize,
  unit: f32,
  heap: usize,
  size: u32,
  limit: u32,
  floor: f32,
  base: u32,
  mask: usize,
): u32 {
  openHeap(heap, size, limit, floor, base, mask);
  const quarter = count >> 2;
  const apart = usize(quarter) * stride;
  const units = f32x4.splat(unit);
  let bars = f32x4.splat(heapBar);
  for (let row: u32 = 0; row < quarter; row++) {
    let p0 = rows + usize(row) * stride;
    let p1 = p0 + apart;
    let p2 = p1 + apart;
    let p3 = p2 + apart;
    let q = query;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    const end = p0 + stride;
    do {
      const part = v128.load(q);
      a = f32x4.add(a, f32x4.mul(v128.load(p0), part));
      b = f32x4.add(b, f32x4.mul(v128.load(p1), part));
      c = f32x4.add(c, f32x4.mul(v128.load(p2), part));
      d = f32x4.add(d, f32x4.mul(v128.load(p3), part));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
      q += 16;
    } while (p0 < end);
    const sums = fourFloatSums(a, b, c, d);
    const scores = f32x4.mul(f32x4.mul(sums, fourScales(scales + (usize(row) << 2), quarter)), units);
    if (v128.any_true(f32x4.ge(scores, bars))) {
      enterFour(scores, row, quarter);
      bars = f32x4.splat(heapBar);
    }
  }
  for (let row: u32 = 4 * quarter; row < count; row++) {
    enter(dotFloats(rows + usize(row) * stride, query, stride) * load<f32>(scales + (usize(row) << 2)) * unit, row);
  }
  return heapSize;
}

/**
 * Four queries, `2 * stride` bytes apart, against `count` rows, two rows at a time so that eight sums stay in
 * registers. `units`, `floors`, `sizes` hold four values each; heaps are `8 * limit` bytes apart.
 */
export function scan4(
  rows: usize,
  scales: usize,
  count: u32,
  stride: usize,
  queries: usize,
  units: usize,
  heaps: usize,
  sizes: usize,
  limit: u32,
  floors: usize,
  base: u32,
  mask: usize,
): void {
  const q0 = queries;
  const q1 = q0 + 2 * stride;
  const q2 = q1 + 2 * stride;
  const q3 = q2 + 2 * stride;
  for (let row: u32 = 0; row < count; row += 2) {
    const p0 = rows + usize(row) * stride;
    // An odd last row is paired with itself and its second result dropped.
    const pair = row + 1 < count;
    const p1 = pair ? p0 + stride : p0;
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    for (let i: usize = 0; i < stride; i += 8) {
      const x = v128.load_ext<i8>(p0 + i);
      const y = v128.load_ext<i8>(p1 + i);
      let q = v128.load(q0 + 2 * i);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, q));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(y, q));
      q = v128.load(q1 + 2 * i);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, q));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(y, q));
      q = v128.load(q2 + 2 * i);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(x, q));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(y, q));
      q = v128.load(q3 + 2 * i);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(x, q));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(y, q));
    }
    const s0 = load<f32>(scales + (usize(row) << 2));
    offer(a0, s0, 0, row, units, heaps, sizes, limit, floors, base, mask);
    offer(a1, s0, 1, row, units, heaps, sizes, limit, floors, base, mask);
    offer(a2, s0, 2, row, units, heaps, sizes, limit, floors, base, mask);
    offer(a3, s0, 3, row, units, heaps, sizes, limit, floors, base, mask);
    if (pair) {
      const s1 = load<f32>(scales + (usize(row) << 2), 4);
      offer(b0, s1, 0, row + 1, units, heaps, sizes, limit, floors, base, mask);
      offer(b1, s1, 1, row + 1, units, heaps, sizes, limit, floors, base, mask);
      offer(b2, s1, 2, row + 1, units, heaps, sizes, limit, floors, base, mask);
      offer(b3, s1, 3, row + 1, units, heaps, sizes, limit, floors, base, mask);
    }
  }
}

function offer(
  lanes: v128,
  scale: f32,
  which: usize,
  row: u32,
  units: usize,
  heaps: usize,
  sizes: usize,
  limit: u32,
  floors: usize,
  base: u32,
  mask: usize,
): void {
  const score = laneSum(lanes) * scale * load<f32>(units + (which << 2));
  if (!(score >= load<f32>(floors + (which << 2)))) return;
  const size = load<u32>(sizes + (which << 2));
  const heap = heaps + which * (usize(limit) << 3);
  if (size === limit && !(score > load<f32>(heap))) return;
  if (!isAllowed(mask, row)) return;
  store<u32>(sizes + (which << 2), push(heap, size, limit, score, base + row));
}

/**
 * The best of a table of int32 sums, `count` rows of `width` queries (a multiple of 4). `units`, `bars`, `floors` and
 * `sizes` hold `width` values each; a bar is what a score must reach to enter that query's heap.
 */
export function select(
  sums: usize,
  scales: usize,
  count: u32,
  width: u32,
  units: usize,
  bars: usize,
  heaps: usize,
  sizes: usize,
  limit: u32,
  floors: usize,
  base: u32,
  mask: usize,
): void {
  for (let row: u32 = 0; row < count; row++) {
    const scale = f32x4.splat(load<f32>(scales + (usize(row) << 2)));
    for (let q: usize = 0; q < usize(width) << 2; q += 16) {
      const scores = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + q)), scale), v128.load(units + q));
      if (!v128.any_true(f32x4.ge(scores, v128.load(bars + q)))) continue;
      if (!isAllowed(mask, row)) break;
      const first = q >> 2;
      admit(f32x4.extract_lane(scores, 0), first, row, bars, heaps, sizes, limit, floors, base);
      admit(f32x4.extract_lane(scores, 1), first + 1, row, bars, heaps, sizes, limit, floors, base);
      admit(f32x4.extract_lane(scores, 2), first + 2, row, bars, heaps, sizes, limit, floors, base);
      admit(f32x4.extract_lane(scores, 3), first + 3, row, bars, heaps, sizes, limit, floors, base);
    }
    sums += usize(width) << 2;
  }
}

function admit(
  score: f32,
  which: usize,
  row: u32,
  bars: usize,
  heaps: usize,
  sizes: usize,
  limit: u32,
  floors: usize,
  base: u32,
): void {
  const bar = load<f32>(bars + (which << 2));
  const size = load<u32>(sizes + (which << 2));
  if (!(size === limit ? score > bar : score >= bar)) return;
  const heap = heaps + which * (usize(limit) << 3);
  const grown = push(heap, size, limit, score, base + row);
  store<u32>(sizes + (which << 2), grown);
  if (grown === limit) store<f32>(bars + (which << 2), max<f32>(load<f32>(floors + (which << 2)), load<f32>(heap)));
}

/** Turns signed bytes into unsigned ones that are 128 more; `bytes` is a multiple of 16. */
export function lift(at: usize, bytes: usize): void {
  const sign = i8x16.splat(-128);
  for (const end = at + bytes; at < end; at += 16) v128.store(at, v128.xor(v128.load(at), sign));
}

/**
 * Codes `count` vectors of `dimension` float32 as int8 rows with a scale each, in float32 like its twin in JavaScript.
 * Returns the largest ‖x − x̂‖ among them, rounded up.
 */
export function encode(from: usize, count: u32, dimension: u32, rows: usize, scales: usize, stride: usize): f64 {
  let worst: f64 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const residual = encodeRow(from, dimension, rows, scales);
    if (residual > worst) worst = residual;
    from += usize(dimension) << 2;
    rows += stride;
    scales += 4;
  }
  return worst;
}

function largestOf(from: usize, dimension: u32): f32 {
  let four = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 4 <= dimension; i += 4) four = f32x4.max(four, f32x4.abs(v128.load(from + (usize(i) << 2))));
  let largest = max<f32>(
    max<f32>(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max<f32>(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
  for (; i < dimension; i++) largest = max<f32>(largest, abs<f32>(load<f32>(from + (usize(i) << 2))));
  return largest;
}

/** 1.5 × 2²³: what is added to it is rounded to a whole number, which then stands in the lowest bits. */
const rounder: f32 = 12582912;

function encodeRow(from: usize, dimension: u32, row: usize, scaleAt: usize): f64 {
  const largest = largestOf(from, dimension);
  const scale = f32(largest / f32(127));
  store<f32>(scaleAt, scale);
  // Below, one divided by it could leave float32.
  if (scale < f32(1e-30)) {
    store<f32>(scaleAt, 0);
    memory.fill(row, 0, usize(dimension));
    return f64(largest) * sqrt<f64>(f64(dimension));
  }
  const inverse = f32(1) / scale;
  const scales = f32x4.splat(scale);
  const inverses = f32x4.splat(inverse);
  const rounders = f32x4.splat(rounder);
  let sums = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 8 <= dimension; i += 8) {
    const x = v128.load(from + (usize(i) << 2));
    const y = v128.load(from + (usize(i) << 2), 16);
    const a = f32x4.add(f32x4.mul(x, inverses), rounders);
    const b = f32x4.add(f32x4.mul(y, inverses), rounders);
    let off = f32x4.sub(x, f32x4.mul(f32x4.sub(a, rounders), scales));
    sums = f32x4.add(sums, f32x4.mul(off, off));
    off = f32x4.sub(y, f32x4.mul(f32x4.sub(b, rounders), scales));
    sums = f32x4.add(sums, f32x4.mul(off, off));
    const words = i16x8.narrow_i32x4_s(i32x4.sub(a, rounders), i32x4.sub(b, rounders));
    v128.store64_lane(row + usize(i), i8x16.narrow_i16x8_s(words, words), 0);
  }
  let sum = f64(floatSum(sums));
  for (; i < dimension; i++) {
    const x = load<f32>(from + (usize(i) << 2));
    const code = f32(f32(x * inverse) + rounder) - rounder;
    store<i8>(row + usize(i), i8(code));
    const off = x - f32(code * scale);
    sum += f64(off) * f64(off);
  }
  return sqrt<f64>(sum) * (1 + 1e-4) + f64(scale) * 1e-5 * sqrt<f64>(f64(dimension));
}

/**
 * {@link scan} of signs, a bit each, over rows of signs: the sum is that of the products, agreeing less differing ones.
 * Bits past the last component are 0 on both sides and agree.
 */
export function scanBits(
  rows: usize,
  scales: usize,
  count: u32,
  stride: usize,
  query: usize,
  unit: f32,
  heap: usize,
  size: u32,
  limit: u32,
  floor: f32,
  base: u32,
  mask: usize,
): u32 {
  openHeap(heap, size, limit, floor, base, mask);
  const all = f32(u32(stride) << 3) * unit;
  const two: f32 = unit + unit;
  for (let row: u32 = 0; row < count; row++) {
    let q = query;
    let differing: u64 = 0;
    for (const end = rows + stride; rows < end; rows += 16) {
      differing += popcnt<u64>(load<u64>(rows) ^ load<u64>(q)) + popcnt<u64>(load<u64>(rows, 8) ^ load<u64>(q, 8));
      q += 16;
    }
    const score = all - two * f32(u32(differing));
    if (score >= heapBar) enter(score * load<f32>(scales + (usize(row) << 2)), row);
  }
  return heapSize;
}

/** Codes `count` vectors of `dimension` float32 as rows of signs, 1 for a positive component, with the scale 1 each. */
export function encodeSigns(from: usize, count: u32, dimension: u32, rows: usize, scales: usize, stride: usize): void {
  const zero = f32x4.splat(0);
  for (let row: u32 = 0; row < count; row++) {
    memory.fill(rows, 0, stride);
    let i: u32 = 0;
    for (; i + 8 <= dimension; i += 8) {
      const low = i32x4.bitmask(f32x4.gt(v128.load(from + (usize(i) << 2)), zero));
      const high = i32x4.bitmask(f32x4.gt(v128.load(from + (usize(i) << 2), 16), zero));
      store<u8>(rows + (usize(i) >> 3), u8(low | (high << 4)));
    }
    for (; i < dimension; i++) {
      const at = rows + (usize(i) >> 3);
      if (load<f32>(from + (usize(i) << 2)) > 0) store<u8>(at, load<u8>(at) | (u8(1) << u8(i & 7)));
    }
    store<f32>(scales, 1);
    from += usize(dimension) << 2;
    rows += stride;
    scales += 4;
  }
}

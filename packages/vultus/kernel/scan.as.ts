/** The inner loops of a search, in AssemblyScript: int8 rows against int16 queries, with the best kept in heaps. */

/*
 * Rows are `stride` bytes apart (a multiple of 16, padded with zeros), each with a float32 scale; a slot without a
 * vector has the scale NaN and never compares as larger. A score is scale × Σ code × query, where the caller has put
 * the scale of the query into `unit`. A heap holds (float32 score, uint32 row) pairs, the smallest first.
 */

const CHUNK: usize = 16;

/** Sum over one row; lanes go to float before they meet, so nothing overflows. */
function dotRow(row: usize, query: usize, stride: usize): f32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  for (let i: usize = 0; i < stride; i += CHUNK) {
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + i), v128.load(query + 2 * i)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + i, 8), v128.load(query + 2 * i, 16)));
  }
  return laneSum(i32x4.add(a, b));
}

function laneSum(lanes: v128): f32 {
  const f = f32x4.convert_i32x4_s(lanes);
  return f32x4.extract_lane(f, 0) + f32x4.extract_lane(f, 1) + (f32x4.extract_lane(f, 2) + f32x4.extract_lane(f, 3));
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

/**
 * One query against `count` rows. Only scores ≥ `floor` enter; `base` is added to the row numbers; `mask` (0 = none)
 * has a bit per row. Returns the new size of the heap.
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
  let bar = size === limit ? max<f32>(floor, load<f32>(heap)) : floor;
  let full = size === limit;
  for (let row: u32 = 0; row < count; row++) {
    const score = dotRow(rows + usize(row) * stride, query, stride) * load<f32>(scales + (usize(row) << 2)) * unit;
    if (full ? score > bar : score >= bar) {
      if (!isAllowed(mask, row)) continue;
      size = push(heap, size, limit, score, base + row);
      full = size === limit;
      if (full) bar = max<f32>(floor, load<f32>(heap));
    }
  }
  return size;
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

/** Hamming distances of `count` codes of `words` 64-bit words to a query, as uint16 each. */
export function hamming(codes: usize, count: u32, words: u32, query: usize, out: usize): void {
  for (let row: u32 = 0; row < count; row++) {
    const at = codes + usize(row) * (usize(words) << 3);
    let distance: u64 = 0;
    for (let word: usize = 0; word < words; word++) {
      distance += popcnt<u64>(load<u64>(at + (word << 3)) ^ load<u64>(query + (word << 3)));
    }
    store<u16>(out + (usize(row) << 1), u16(distance));
  }
}

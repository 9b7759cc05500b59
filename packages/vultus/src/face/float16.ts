/** IEEE 754 half precision, which JavaScript engines do not all have yet. */

const buffer = new DataView(new ArrayBuffer(4));

/** The 16 bits nearest to a number; ties go to even, overflow to infinity. */
export function toFloat16(value: number): number {
  buffer.setFloat32(0, value);
  const bits = buffer.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | (fraction ? 0x7e00 : 0x7c00);
  if (exponent > 15) return sign | 0x7c00;
  // A carry out of the rounded fraction rightly moves on into the exponent.
  if (exponent >= -14) return sign + (((exponent + 15) << 10) | (fraction >>> 13)) + roundUp(fraction, 13);
  if (exponent < -25) return sign;
  const full = fraction | 0x800000;
  const shift = -exponent - 1;
  return sign + (full >>> shift) + roundUp(full, shift);
}

/** The number that 16 bits stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** 1 when the bits below `shift` round up, ties to even. */
function roundUp(value: number, shift: number): 0 | 1 {
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && ((value >>> shift) & 1) === 1) ? 1 : 0;
}

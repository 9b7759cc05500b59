/** Damages files reproducibly, as fuzzing does. */

/** Numbers that are likely to break size and offset arithmetic. */
const nastyBytes = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

/** A generator of whole numbers below a bound, the same for the same seed. */
function randomBelow(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** The file with one to four of: flipped bits, a cut end, edited header bytes, a block removed, doubled or zeroed. */
export function mutate(file: Uint8Array, seed: number): Uint8Array {
  const below = randomBelow(seed);
  let bytes = Uint8Array.from(file);
  for (let times = 1 + below(2) * below(4); times > 0 && bytes.length > 1; times--) bytes = mutateOnce(bytes, below);
  return bytes;
}

function mutateOnce(bytes: Uint8Array<ArrayBuffer>, below: (bound: number) => number): Uint8Array<ArrayBuffer> {
  const at = below(bytes.length);
  const length = Math.min(1 + below(32), bytes.length - at);
  switch (below(9)) {
    case 0:
    case 1:
    case 2:
      for (let flips = 1 + below(8); flips > 0; flips--) flipBit(bytes, below(bytes.length), below(8));
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4:
    case 5:
      for (let edits = 1 + below(4); edits > 0; edits--) {
        bytes[below(Math.min(bytes.length, 200))] = nastyBytes[below(nastyBytes.length)] as number;
      }
      return bytes;
    case 6:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 7:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    default:
      return bytes.fill(below(2) * 0xff, at, at + length);
  }
}

function flipBit(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at] = (bytes[at] as number) ^ (1 << bit);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

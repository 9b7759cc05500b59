/** UUID version 7 (RFC 9562 §5.7): ids that sort by the time they were made. */

import { VultusError } from '../errors.ts';

let lastMs = 0;
let counter = 0;

/** A new id; ids of one process are strictly increasing, also within a millisecond (12-bit counter, RFC 9562 §6.2). */
export function uuidV7(): string {
  const bytes = random16();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = ((bytes[6] as number) << 3) & 0x3ff;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  view.setUint16(0, Math.floor(lastMs / 2 ** 32));
  view.setUint32(2, lastMs >>> 0);
  view.setUint16(6, 0x7000 | counter);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return formatUuid(bytes);
}

let pool = new Uint8Array(0);
let poolAt = 0;

/** Fresh random bytes; asking the system for them one id at a time is slow. */
function random16(): Uint8Array {
  if (poolAt >= pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(4096));
    poolAt = 0;
  }
  poolAt += 16;
  return pool.subarray(poolAt - 16, poolAt);
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Where the two digits of each byte stand in the text. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** The text being made, in character codes: a string built piece by piece would be put together only when it is read. */
const codes: number[] = Array.from('00000000-0000-0000-0000-000000000000', (character) => character.charCodeAt(0));
const digits = Array.from('0123456789abcdef', (character) => character.charCodeAt(0));

/** 16 bytes from `offset` on → lower-case text with hyphens. */
export function formatUuid(bytes: Uint8Array, offset = 0): string {
  for (let i = 0; i < 16; i++) {
    const byte = bytes[offset + i] as number;
    const place = places[i] as number;
    codes[place] = digits[byte >> 4] as number;
    codes[place + 1] = digits[byte & 15] as number;
  }
  return String.fromCharCode(...codes);
}

/**
 * Text → 16 bytes.
 * @throws VultusError `INVALID_ARGUMENT` when it is not a UUID.
 */
export function parseUuid(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  parseUuidInto(text, bytes, 0);
  return bytes;
}

/** {@link parseUuid} into bytes from `offset` on. */
export function parseUuidInto(text: string, bytes: Uint8Array, offset: number): void {
  let at = offset;
  let isValid = text.length === 36;
  for (let i = 0; isValid && i < 36; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      isValid = text.charCodeAt(i) === hyphen;
      i += 1;
    }
    const [high, low] = [digit[text.charCodeAt(i)] as number, digit[text.charCodeAt(i + 1)] as number];
    isValid &&= high < 16 && low < 16;
    bytes[at++] = 16 * high + low;
  }
  if (isValid) return;
  throw new VultusError('INVALID_ARGUMENT', `Expected a UUID such as ${'0198f6a0-…'}, got ${JSON.stringify(text)}`);
}

const hyphen = 0x2d;

/** The value of a hexadecimal digit by its character code; 255 for other characters. */
const digit = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/** Whether the text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return pattern.test(text);
}

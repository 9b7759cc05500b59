/** UUID version 7 (RFC 9562 §5.7): ids that sort by the time they were made. */

import { VultusError } from '../errors.ts';

let lastMs = 0;
let counter = 0;

/** A new id; ids of one process are strictly increasing, also within a millisecond (12-bit counter, RFC 9562 §6.2). */
export function uuidV7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = ((bytes[6] as number) << 3) & 0x3ff;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(lastMs / 2 ** 32));
  view.setUint32(2, lastMs >>> 0);
  view.setUint16(6, 0x7000 | counter);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return formatUuid(bytes);
}

const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 16 bytes from `offset` on → lower-case text with hyphens. */
export function formatUuid(bytes: Uint8Array, offset = 0): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += hex[bytes[offset + i] as number];
  }
  return text;
}

/**
 * Text → 16 bytes.
 * @throws VultusError `INVALID_ARGUMENT` when it is not a UUID.
 */
export function parseUuid(text: string): Uint8Array {
  if (!pattern.test(text)) {
    throw new VultusError('INVALID_ARGUMENT', `Expected a UUID such as ${'0198f6a0-…'}, got ${JSON.stringify(text)}`);
  }
  const digits = text.replaceAll('-', '');
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Whether the text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return pattern.test(text);
}

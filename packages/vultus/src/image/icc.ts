/** Recognises colour profiles that say no more than "this is sRGB", whose conversion costs more than the decoding itself. */

/** Descriptions of sRGB and of its compact twins; a linear variant has other curves and must be converted. */
const srgbNames = /^(?!.*linear).*sRGB|^uRGB|^c2$/i;

/** True when the ICC profile describes itself as sRGB; false for any other, for none and for a damaged one. */
export function isSrgbProfile(profile: Uint8Array | undefined): boolean {
  if (profile === undefined || profile.length < 132) return false;
  const view = new DataView(profile.buffer, profile.byteOffset, profile.length);
  if (view.getUint32(16) !== 0x52474220) return false; // colour space 'RGB '
  const tags = Math.min(view.getUint32(128), Math.floor((profile.length - 132) / 12));
  for (let i = 0; i < tags; i++) {
    const entry = 132 + i * 12;
    if (view.getUint32(entry) !== 0x64657363) continue; // 'desc'
    return srgbNames.test(description(view, view.getUint32(entry + 4)));
  }
  return false;
}

/** The text of a description tag: ASCII in version 2 (`desc`), UTF-16 in version 4 (`mluc`, first language). */
function description(view: DataView, at: number): string {
  const end = view.byteLength;
  if (at + 28 > end) return '';
  if (view.getUint32(at) === 0x64657363) {
    return characters(view, at + 12, Math.min(end, at + 12 + Math.min(view.getUint32(at + 8), 200)), 1);
  }
  const start = at + view.getUint32(at + 24);
  return characters(view, start, Math.min(end - 1, start + Math.min(view.getUint32(at + 20), 400)), 2);
}

function characters(view: DataView, start: number, end: number, step: 1 | 2): string {
  let text = '';
  for (let at = start; at < end; at += step) {
    const code = step === 1 ? view.getUint8(at) : view.getUint16(at);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

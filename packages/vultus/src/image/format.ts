/** Tells picture formats by their first bytes, before any decoder sees them. */

/** Formats that are recognised; which of them decode depends on the platform. */
export type PictureFormat =
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'webp'
  | 'tiff'
  | 'avif'
  | 'heic'
  | 'bmp'
  | 'svg'
  | 'pdf'
  | 'jxl'
  | 'jp2';

const signatures: readonly (readonly [PictureFormat, readonly number[]])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['gif', [0x47, 0x49, 0x46, 0x38]],
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', [0x49, 0x49, 0x2b, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
  ['bmp', [0x42, 0x4d]],
  ['pdf', [0x25, 0x50, 0x44, 0x46]],
  ['jxl', [0xff, 0x0a]],
  ['jxl', [0x00, 0x00, 0x00, 0x0c, 0x4a, 0x58, 0x4c, 0x20]],
  ['jp2', [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20]],
];

/** The format that the first bytes announce, `undefined` when they announce none that is known. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  const found = signatures.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) return found[0];
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp';
  if (ascii(bytes, 4, 8) === 'ftyp') return isoFormat(bytes);
  const text = ascii(bytes, 0, 1024).replace(/^ï»¿/, '').trimStart().toLowerCase();
  return text.startsWith('<') && text.includes('<svg') ? 'svg' : undefined;
}

/** AVIF and HEIC share a container; the brands of its `ftyp` box tell them apart. */
function isoFormat(bytes: Uint8Array): PictureFormat | undefined {
  const brands = ascii(bytes, 8, 64);
  if (brands.includes('avif') || brands.includes('avis')) return 'avif';
  return /hei[cxms]|hev[cxms]|mif1|msf1/.test(brands) ? 'heic' : undefined;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** Text in SVG: how wide it will be, and what may stand in it. */

/** Fonts in the order of preference; every system that rasterises SVG finds one of them. */
export const fontFamily =
  "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, 'Liberation Sans', Arial, 'DejaVu Sans', sans-serif";

/** Widths in thousandths of the font size, of a bold sans-serif such as Helvetica Bold: groups of characters as wide as each other. */
const widths: readonly (readonly [characters: string, width: number])[] = [
  ["iljI.,;:'|!´`·", 300],
  ['ftr()[]{}/\\- "*°', 370],
  ['cksvxyzJ', 570],
  ['mw%@W', 920],
  ['MQGO', 800],
  ['ABCDEHKNPRSUVXY&', 730],
];

const widthOf = new Map(widths.flatMap(([characters, width]) => [...characters].map((each) => [each, width] as const)));

/** About how wide a text is in bold, in units of the font size; rather too much than too little. */
export function textWidth(text: string): number {
  let sum = 0;
  for (const character of text) {
    const wide = (character.codePointAt(0) ?? 0) >= 0x2e80;
    sum += wide ? 1050 : (widthOf.get(character) ?? 620);
  }
  return sum / 1000;
}

/** The text, or as much of its start as fits into `width` units of the font size, ended by an ellipsis. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidth(`${characters.join('')}…`) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** Text for an SVG element or attribute: markup escaped, characters that XML 1.0 forbids replaced by a blank. */
export function escapeXml(text: string): string {
  const clean = text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, ' ');
  return clean.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Colours of boxes: one per identity, the same in every picture where that can be had. */

/** Colour of a face whose owner is not known. */
export const mutedColour = '#94a3b8';

/** Colour of a face that nobody was asked to name. */
export const plainColour = '#22d3ee';

/** Colours that can be told apart on skin, hair and sky, and carry dark text. */
const palette = [
  '#4ade80',
  '#facc15',
  '#38bdf8',
  '#fb7185',
  '#c084fc',
  '#fb923c',
  '#2dd4bf',
  '#a3e635',
  '#f472b6',
  '#818cf8',
] as const;

/**
 * A colour for each identity: it follows from the name, unless another of the list took it; then the next free one.
 * With more identities than colours, colours repeat.
 */
export function identityColours(identities: Iterable<string>): Map<string, string> {
  const colours = new Map<string, string>();
  const taken = new Set<string>();
  for (const identity of [...new Set(identities)].sort()) {
    const start = hash(identity) % palette.length;
    const order = palette.map((_, step) => palette[(start + step) % palette.length] as string);
    const colour = order.find((each) => !taken.has(each)) ?? (order[0] as string);
    taken.add(colour);
    colours.set(identity, colour);
  }
  return colours;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

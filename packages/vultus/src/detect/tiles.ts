/** Cuts large pictures into overlapping tiles, so that small faces keep enough pixels for the network. */

/** A tile in pixels of the picture's level. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a picture is tiled: the long side of the level to read, and the tiles in its pixels. */
export interface TilePlan {
  readonly longSide: number;
  readonly tiles: readonly Tile[];
}

/** Height in input pixels from which the default detector finds faces reliably. */
const reliableHeight = 16;

/** Height in input pixels below which it does not; in between, one pass is worth more than twelve tiles. */
const hopelessHeight = 12;

/** Part of a tile that its neighbour repeats: the largest face that only tiles can find fits into it. */
const overlap = 0.2;

/** More tiles than this along the long side are refused: 100 tiles are 2 seconds. */
const mostTiles = 10;

/**
 * The plan for a picture, or `undefined` when one pass sees enough.
 * @param smallest height in picture pixels of the smallest face that must not be lost; default long side / 32
 * @param count `auto`, or how many tiles along the long side
 */
export function planTiles(
  picture: { readonly width: number; readonly height: number },
  inputSize: number,
  count: 'auto' | number,
  smallest: number | undefined,
): TilePlan | undefined {
  const long = Math.max(picture.width, picture.height);
  const wanted = smallest ?? long / 32;
  let scale = inputSize / long;
  if (count === 'auto') {
    if (wanted * scale >= hopelessHeight || scale >= 1) return undefined;
    const most = ((mostTiles - 1) * (1 - overlap) + 1) * scale;
    scale = Math.min(1, most, reliableHeight / wanted);
  } else {
    if (count <= 1) return undefined;
    scale *= (count - 1) * (1 - overlap) + 1;
  }
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const columns = starts(width, inputSize);
  const rows = starts(height, inputSize);
  const tiles = rows.flatMap((y) =>
    columns.map((x) => ({ x, y, width: Math.min(inputSize, width), height: Math.min(inputSize, height) })),
  );
  return { longSide: Math.max(width, height), tiles };
}

/** Where tiles of `size` begin along a side, evenly spread, each overlapping the next. */
function starts(length: number, size: number): number[] {
  if (length <= size) return [0];
  const count = Math.ceil((length - size) / (size * (1 - overlap)) - 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - size)) / (count - 1)));
}

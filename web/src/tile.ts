/** A tile: a piece of a trace, as stored or as pairs of smallest and largest value. */

export const COLUMNS = 2048;
const RAW_BELOW = 4;
const HEADER = 32;
const MAGIC = 0x31544c53;

export interface Tile {
  level: number;
  first: number;
  columns: number;
  /** Samples per column; 1 for raw samples. */
  step: number;
  raw: boolean;
  data: Float32Array;
}

/** Reads the tile that begins at a byte; throws when the bytes are not one. */
export function parseTile(bytes: ArrayBuffer, at = 0): Tile {
  if (bytes.byteLength < at + HEADER) throw new Error("a tile came cut short");
  const view = new DataView(bytes, at);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("what came is no tile");
  const columns = view.getUint32(16, true);
  const raw = view.getUint32(24, true) === 1;
  const numbers = raw ? columns : 2 * columns;
  if (bytes.byteLength < at + HEADER + 4 * numbers) throw new Error("a tile came cut short");
  return {
    level: view.getUint32(4, true),
    first: Number(view.getBigInt64(8, true)),
    columns,
    step: view.getUint32(20, true),
    raw,
    data: new Float32Array(bytes, at + HEADER, numbers),
  };
}

/** Reads tiles that follow one another. */
export function parseTiles(bytes: ArrayBuffer): Tile[] {
  const tiles: Tile[] = [];
  for (let at = 0; at < bytes.byteLength || !at; at += HEADER + tiles[tiles.length - 1]!.data.byteLength) {
    tiles.push(parseTile(bytes, at));
  }
  return tiles;
}

/** A tile's number within its level. */
export function numberOf({ first, step }: Tile): number {
  return Math.floor(first / (step * COLUMNS));
}

/** The level whose columns are as wide as a pixel or narrower; 0, the samples, below 4 a pixel. */
export function levelFor(samplesPerPixel: number, highest: number): number {
  if (samplesPerPixel < RAW_BELOW) return 0;
  return Math.min(highest, Math.floor(Math.log2(samplesPerPixel)));
}

/** The first level at which one tile holds all `n` samples. */
export function highestLevel(n: number): number {
  return Math.max(0, Math.ceil(Math.log2(n / COLUMNS)));
}

/** The numbers of the tiles of a level that cover samples `start` to `stop`. */
export function tilesOver(start: number, stop: number, level: number, n: number): [number, number] {
  const span = COLUMNS * 2 ** level;
  const last = Math.max(0, Math.ceil(n / span) - 1);
  const from = Math.min(last, Math.max(0, Math.floor(start / span)));
  const to = Math.min(last, Math.max(from, Math.ceil(stop / span) - 1));
  return [from, to];
}

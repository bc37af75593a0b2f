/** One value pair per pixel column: what a tile of any level comes down to on the page. */

import type { Tile } from "./tile";

/** From samples to pixels: the sample at pixel 0 and pixels per sample. */
export interface Scale {
  start: number;
  perSample: number;
}

/** The samples between which a sweep lies. */
export interface Walls {
  from: number;
  to: number;
}

export class Columns {
  readonly low: Float32Array;
  readonly high: Float32Array;

  constructor(readonly width: number) {
    this.low = new Float32Array(width).fill(Infinity);
    this.high = new Float32Array(width).fill(-Infinity);
  }

  /**
   * Takes in the columns of a tile that hold samples `from` to `to`.
   *
   * A column that reaches over a wall holds samples of the next sweep, too, and is left out.
   */
  fold(tile: Tile, from: number, to: number, scale: Scale, walls?: Walls): void {
    const { first, step, columns, data, raw } = tile;
    const isLong = walls !== undefined && walls.to - walls.from > 4 * step;
    const low = isLong ? Math.ceil((walls.from - first) / step) : 0;
    const high = isLong ? Math.floor((walls.to - first) / step) : columns;
    const begin = Math.max(0, low, Math.floor((from - first) / step));
    const end = Math.min(columns, high, Math.ceil((to - first) / step));
    for (let k = begin; k < end; k += 1) {
      const left = Math.max(from, first + k * step);
      const a = Math.floor((left - scale.start) * scale.perSample);
      const right = Math.min(to, first + (k + 1) * step);
      const b = Math.min(this.width, Math.max(a + 1, Math.floor((right - scale.start) * scale.perSample)));
      const least = raw ? data[k]! : data[2 * k]!;
      const most = raw ? least : data[2 * k + 1]!;
      for (let c = Math.max(0, a); c < b; c += 1) {
        if (least < this.low[c]!) this.low[c] = least;
        if (most > this.high[c]!) this.high[c] = most;
      }
    }
  }

  has(column: number): boolean {
    return this.low[column]! <= this.high[column]!;
  }
}

/**
 * The points of a line through columns: both ends of each, the nearer one first.
 *
 * Returns x, y pairs with NaN where a column is empty; `column[k]` is the column of point k.
 */
export function lineThrough(columns: Columns, y: (value: number) => number): { points: Float32Array; column: Int32Array } {
  const points = new Float32Array(4 * columns.width);
  const column = new Int32Array(2 * columns.width);
  let last = Number.NaN;
  for (let c = 0; c < columns.width; c += 1) {
    const held = columns.has(c);
    const top = held ? y(columns.high[c]!) : Number.NaN;
    const bottom = held ? y(columns.low[c]!) : Number.NaN;
    const topFirst = Math.abs(top - last) <= Math.abs(bottom - last);
    points.set([c + 0.5, topFirst ? top : bottom, c + 0.5, topFirst ? bottom : top], 4 * c);
    column[2 * c] = column[2 * c + 1] = c;
    if (held) last = topFirst ? bottom : top;
  }
  return { points, column };
}

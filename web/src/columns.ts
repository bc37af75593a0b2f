/** One value pair per pixel column: what a tile of any level comes down to on the page. */

import type { Tile } from "./tiles";

/** From samples to pixels: the sample at pixel 0 and pixels per sample. */
export interface Scale {
  start: number;
  perSample: number;
}

export class Columns {
  readonly low: Float32Array;
  readonly high: Float32Array;

  constructor(readonly width: number) {
    this.low = new Float32Array(width).fill(Infinity);
    this.high = new Float32Array(width).fill(-Infinity);
  }

  /** Takes in the columns of a tile that start within samples `from` to `to`. */
  fold(tile: Tile, from: number, to: number, scale: Scale): void {
    const { first, step, columns, data, raw } = tile;
    const begin = Math.max(0, Math.floor((from - first) / step));
    const end = Math.min(columns, Math.ceil((to - first) / step));
    for (let k = begin; k < end; k += 1) {
      const left = Math.max(from, first + k * step);
      const a = Math.floor((left - scale.start) * scale.perSample);
      const right = Math.min(to, first + (k + 1) * step);
      const b = Math.min(this.width, Math.max(a + 1, Math.floor((right - scale.start) * scale.perSample)));
      const low = raw ? data[k]! : data[2 * k]!;
      const high = raw ? low : data[2 * k + 1]!;
      for (let c = Math.max(0, a); c < b; c += 1) {
        if (low < this.low[c]!) this.low[c] = low;
        if (high > this.high[c]!) this.high[c] = high;
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

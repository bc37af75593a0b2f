/** Counts for histograms. */

import type { SpikeTable } from "./spikes";
import type { Wall } from "./walls";

export interface Histogram {
  /** Edges, one more than counts. */
  edges: Float64Array;
  counts: Float64Array;
}

export function linearEdges(low: number, high: number, n: number): Float64Array {
  return Float64Array.from({ length: n + 1 }, (_, k) => low + ((high - low) * k) / n);
}

export function logEdges(low: number, high: number, perDecade: number): Float64Array {
  const a = Math.floor(Math.log10(low) * perDecade);
  const b = Math.ceil(Math.log10(high) * perDecade);
  return Float64Array.from({ length: Math.max(1, b - a) + 1 }, (_, k) => 10 ** ((a + k) / perDecade));
}

/** Counts of values, all or those of some rows, between edges that rise; the last bin holds its upper edge. Others are left out. */
export function histogram(values: ArrayLike<number>, edges: Float64Array, rows?: Int32Array): Histogram {
  const n = edges.length - 1;
  const counts = new Float64Array(n);
  const many = rows?.length ?? values.length;
  for (let k = 0; k < many; k += 1) {
    const v = values[rows ? rows[k]! : k]!;
    if (!(v >= edges[0]! && v <= edges[n]!)) continue;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (edges[middle]! <= v) low = middle;
      else high = middle - 1;
    }
    counts[low]! += 1;
  }
  return { edges, counts };
}

/**
 * Intervals between successive spikes of one sweep, s, and the row that ends each; of one unit where they are sorted.
 *
 * None is counted across a stretch that was left out or blanked.
 */
export function intervals(
  table: SpikeTable, sampling_rate: number, walls: readonly Wall[], spikes = table.spikes(),
): { values: Float64Array; rows: Int32Array } {
  const { samples } = table;
  const sweep = table.number("sweep");
  const values = new Float64Array(Math.max(0, spikes.length - 1));
  const rows = new Int32Array(values.length);
  const unitOf = table.isSorted ? (row: number) => table.unitOf(row) : () => 0;
  const last = new Map<number, number>();
  let n = 0;
  for (let k = 0; k < spikes.length; k += 1) {
    const b = spikes[k]!;
    const unit = unitOf(b);
    const a = last.get(unit);
    last.set(unit, b);
    if (a === undefined || unit < 0) continue;
    const [from, to] = [samples[a]!, samples[b]!];
    if ((walls.length && isParted(walls, from, to)) || (sweep && sweep[a] !== sweep[b])) continue;
    values[n] = (to - from) / sampling_rate;
    rows[n] = b;
    n += 1;
  }
  return { values: values.subarray(0, n), rows: rows.subarray(0, n) };
}

/** Whether a wall, of those in order, begins after one sample and not after another. */
function isParted(walls: readonly Wall[], from: number, to: number): boolean {
  let low = 0;
  let high = walls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (walls[middle]![0] <= from) low = middle + 1;
    else high = middle;
  }
  return low < walls.length && walls[low]![0] <= to;
}

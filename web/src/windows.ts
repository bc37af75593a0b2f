/** Windows to label instead of single spikes: equal parts of each sweep, the most uncertain first. */

import type { Sweeps } from "./range";
import type { SpikeTable } from "./spikes";

/** A window with something in it that could be a spike. */
export interface LabelWindow {
  start: number;
  stop: number;
  /** Rows in it, the likeliest first. */
  rows: number[];
  /** What the model gives the likeliest. */
  probability: number;
}

/** Windows of `length` samples that hold a candidate and that no hand has judged, the most uncertain first. */
export function windowsToLabel(table: SpikeTable, { bounds }: Sweeps, length: number): LabelWindow[] {
  const chances = table.number("probability");
  const likely = (row: number) => {
    const p = chances?.[row] ?? Number.NaN;
    return Number.isFinite(p) ? p : table.isSpike(row) ? 1 : 0;
  };
  const found: LabelWindow[] = [];
  bounds.slice(0, -1).forEach((from, sweep) => {
    const to = bounds[sweep + 1]!;
    let row = table.lowerBound(from);
    while (row < table.length && table.samples[row]! < to) {
      const start = from + Math.floor((table.samples[row]! - from) / length) * length;
      const stop = Math.min(to, start + length);
      const next = table.lowerBound(stop);
      const rows = Array.from({ length: next - row }, (_, k) => row + k).sort((a, b) => likely(b) - likely(a));
      if (rows.every((r) => !table.isJudged(r))) found.push({ start, stop, rows, probability: likely(rows[0]!) });
      row = next;
    }
  });
  return found.sort((a, b) => Math.abs(a.probability - 0.5) - Math.abs(b.probability - 0.5));
}

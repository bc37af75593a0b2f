/** Time in which no spike counts: what was left out by hand, and what was blanked when the viewer was started. */

import type { EventMark, Stretch } from "./contract";

/** Label of events that no spike is sought in. */
export const BLANK = "blank";

/** Samples from the first up to the second. */
export type Wall = readonly [number, number];

/** Walls in their order, those that touch made one. */
export function wallsOf(excluded: readonly Stretch[], events: readonly EventMark[]): Wall[] {
  const all = [...excluded, ...events.filter((e) => e.label === BLANK)].map(({ start, stop }): Wall => [start, stop]);
  const walls: Wall[] = [];
  for (const [start, stop] of all.filter(([a, b]) => b > a).sort((a, b) => a[0] - b[0])) {
    const last = walls[walls.length - 1];
    if (last && start <= last[1]) walls[walls.length - 1] = [last[0], Math.max(last[1], stop)];
    else walls.push([start, stop]);
  }
  return walls;
}

/** How many of the samples `start` to `stop` lie outside walls. */
export function observedIn(walls: readonly Wall[], start: number, stop: number): number {
  let left = Math.max(0, stop - start);
  for (let k = firstAfter(walls, start); k < walls.length && walls[k]![0] < stop; k += 1) {
    left -= Math.max(0, Math.min(stop, walls[k]![1]) - Math.max(start, walls[k]![0]));
  }
  return left;
}

/** The first wall that ends after a sample. */
function firstAfter(walls: readonly Wall[], sample: number): number {
  let low = 0;
  let high = walls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (walls[middle]![1] <= sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where things stand on the trace canvas: lanes one above the other, strips within a lane. */

import type { Mode } from "./store";

export const LEFT = 62;
export const RIGHT = 10;
export const TOP = 16;
export const BOTTOM = 24;

export interface Lane {
  trace: string;
  top: number;
  height: number;
  low: number;
  high: number;
}

/** A stretch of samples drawn at one place: the whole file, or one sweep of many. */
export interface Strip {
  sweep: number;
  from: number;
  to: number;
  /** The sample at position 0 of the visible axis. */
  offset: number;
  top: number;
  height: number;
  isFaint: boolean;
}

/** Heights of lanes: the stimulus gets half of what a channel gets. */
export function laneHeights(traces: readonly string[], height: number, gap = 8): { top: number; height: number }[] {
  const weights = traces.map((trace) => (trace === "stimulus" ? 0.45 : 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  const free = height - gap * (traces.length - 1);
  let top = 0;
  return weights.map((weight) => {
    const place = { top, height: (free * weight) / sum };
    top += place.height + gap;
    return place;
  });
}

/** The strips of a lane, in the order they are drawn: the chosen sweep last, over the others. */
export function stripsOf(mode: Mode, bounds: readonly number[], chosen: number, lane: Lane): Strip[] {
  const { top, height } = lane;
  const n = bounds.length - 1;
  if (mode === "chained") {
    return [{ sweep: -1, from: 0, to: bounds[n]!, offset: 0, top, height, isFaint: false }];
  }
  const each = height / n;
  const strips = Array.from({ length: n }, (_, k) => {
    const place = mode === "stacked" ? { top: top + k * each, height: each } : { top, height };
    return { sweep: k, from: bounds[k]!, to: bounds[k + 1]!, offset: bounds[k]!, ...place, isFaint: mode === "overlaid" && k !== chosen };
  });
  return mode === "overlaid" ? strips.sort((a, b) => Number(b.isFaint) - Number(a.isFaint)) : strips;
}

/** A range of values with room around it; a flat one is opened. */
export function roomy(low: number, high: number, { least = 1e-15, factor = 1, shift = 0 } = {}): [number, number] {
  const centre = (low + high) / 2;
  const span = Math.max(high - low, Math.abs(centre) * 1e-3, least) * 1.12 * factor;
  const moved = centre + shift * Math.max(high - low, least);
  return [moved - span / 2, moved + span / 2];
}

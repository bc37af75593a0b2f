/** The trace: samples grey, spikes blue, one strip of axis beneath. */

import { Columns, lineThrough, type Scale } from "./columns";
import { BOTTOM, LEFT, RIGHT, TOP, laneHeights, roomy, stripsOf, type Lane, type Strip } from "./layout";
import { drawAxes, drawName } from "./axes";
import { drawMarks, drawUnder } from "./marks";
import { palette } from "./palette";
import { FONT, type Pen } from "./pen";
import type { Range } from "./range";
import { stockLevel } from "./stock";
import type { Store } from "./store";
import { COLUMNS, highestLevel, levelFor, tilesOver, type Tile } from "./tile";
import type { Run } from "./tiles";
import { extent } from "./waveforms";

/** Before and after a spike's peak what is drawn as the spike, s. */
const SPIKE_BEFORE = 0.001;
const SPIKE_AFTER = 0.002;
/** Colour code of what is no spike. */
const REST = 255;

/** The geometry of one picture; pointers are read by the geometry of the last one. */
export interface Frame {
  width: number;
  height: number;
  lanes: Lane[];
  range: Range;
  perSample: number;
  /** Highest and lowest value in each column of the main trace, by strip: where marks stand. */
  columns: Map<number, Columns>;
  strips: Strip[];
  /** Whether every tile was there, none standing in for another, and each trace's range known. */
  isComplete: boolean;
}

/** The range of a trace: of all of it once the tile of the whole has come, before that of what was seen. */
const whole = new Map<string, [number, number]>();
const seen = new Map<string, [number, number]>();

export function forgetRanges(): void {
  whole.clear();
  seen.clear();
}

function rangeOf(store: Store, trace: string): [number, number] | undefined {
  const key = traceKey(store, trace);
  const tile = whole.has(key) ? undefined : store.tiles?.have(key, highestLevel(store.n), 0);
  if (tile) whole.set(key, extent(tile.data));
  return whole.get(key) ?? seen.get(key);
}

export function traceKey(store: Store, trace: string): string {
  return trace === "stimulus" ? trace : `${trace}:${store.filter}`;
}

/** The traces in the order of their lanes. */
export function tracesShown(store: Store): string[] {
  const channels = (store.facts?.channels ?? []).map((c) => String(c.index));
  const main = store.mainTrace;
  const order = [main, ...channels.filter((c) => c !== main), "stimulus"];
  return order.filter((trace) => store.shown.has(trace));
}

/** The level at which a view is drawn in so many pixels. */
function levelOf(store: Store, width: number): number {
  return levelFor((store.range.stop - store.range.start) / Math.max(1, width), highestLevel(store.n));
}

/** Whether every tile of the view is there. */
export function isThere(store: Store, width: number): boolean {
  return runsInView(store, levelOf(store, width)).every(({ trace, level, first, last }) => {
    for (let tile = first; tile <= last; tile += 1) if (!store.tiles?.have(trace, level, tile)) return false;
    return true;
  });
}

/** Tiles that the picture needs; with `ahead`, their neighbours too. */
export function tilesWanted(store: Store, width: number, ahead: boolean): Run[] {
  const wanted = runsInView(store, levelOf(store, width), ahead && store.mode === "chained" ? 0.5 : 0);
  return [...wanted, ...tracesShown(store).map((trace) => runOf(store, trace, highestLevel(store.n), 0, store.n))];
}

/** All tiles of the finest level at which the traces are kept whole. */
export function tilesInStock(store: Store): Run[] {
  const traces = tracesShown(store);
  return traces.map((trace) => runOf(store, trace, stockLevel(store.n, traces.length), 0, store.n));
}

/** The tiles of what is in view, and of so much more on either side, as a share of it. */
function runsInView(store: Store, level: number, more = 0): Run[] {
  const reach = more * (store.range.stop - store.range.start);
  const spans = spansInView(store);
  return tracesShown(store).flatMap((trace) => spans.map(([from, to]) => runOf(store, trace, level, from - reach, to + reach)));
}

function runOf(store: Store, trace: string, level: number, from: number, to: number): Run {
  const [first, last] = tilesOver(from, to, level, store.n);
  const filter = trace === "stimulus" ? "" : store.filter;
  const path = (a: number, b: number) => store.door!.tilesPath(trace, level, a, b, filter, store.facts?.fingerprint ?? "");
  return { trace: traceKey(store, trace), level, first, last, path };
}

/** Samples in view: one stretch, or one for each sweep. */
function spansInView(store: Store): [number, number][] {
  const { start, stop } = store.range;
  if (store.mode === "chained") return [[start, stop]];
  const { bounds } = store.sweeps;
  return bounds.slice(1).map((b, k) => {
    const a = bounds[k]!;
    return [Math.min(b, a + Math.max(0, start)), Math.min(b, a + stop)] as [number, number];
  });
}

/** Draws everything; returns the geometry it was drawn with. */
export function drawTrace(pen: Pen, width: number, height: number, store: Store): Frame {
  const colours = palette();
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, width, height);
  pen.font = FONT;
  const frame = frameOf(store, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(LEFT, 0, Math.max(0, width - LEFT - RIGHT), height - BOTTOM + 1);
  pen.clip();
  drawUnder(pen, frame, store);
  for (const lane of frame.lanes) {
    drawLane(pen, frame, lane, store);
    drawName(pen, frame, lane, store);
  }
  drawMarks(pen, frame, store);
  pen.restore();
  drawAxes(pen, frame, store);
  return frame;
}

function frameOf(store: Store, width: number, height: number): Frame {
  const traces = tracesShown(store);
  const places = laneHeights(traces, Math.max(40, height - TOP - BOTTOM));
  const lanes = traces.map((trace, k): Lane => {
    const known = rangeOf(store, trace) ?? [-1e-3, 1e-3];
    const scaling = store.heights.get(trace);
    const least = store.unitOf(trace) === "A" ? 1e-11 : leastOf(store);
    const [low, high] = roomy(known[0], known[1], { least, ...scaling });
    return { trace, top: TOP + places[k]!.top, height: places[k]!.height, low, high };
  });
  const range = store.range;
  const perSample = (width - LEFT - RIGHT) / (range.stop - range.start);
  const main = lanes.find((lane) => lane.trace === store.mainTrace);
  const strips = main ? stripsOf(store.mode, store.sweeps.bounds, store.sweep, main) : [];
  const isKnown = traces.every((trace) => whole.has(traceKey(store, trace)));
  return { width, height, lanes, range, perSample, columns: new Map(), strips, isComplete: isKnown };
}

/** A trace that hardly moves is not blown up until it seems to, V; what is recorded outside of cells is small. */
function leastOf({ facts }: Store): number {
  return facts?.mode === "extracellular" || facts?.mode === "unknown" ? 1e-5 : 1e-3;
}

function drawLane(pen: Pen, frame: Frame, lane: Lane, store: Store): void {
  const isMain = lane.trace === store.mainTrace;
  const strips = isMain ? frame.strips : stripsOf(store.mode, store.sweeps.bounds, store.sweep, lane);
  pen.save();
  pen.beginPath();
  pen.rect(LEFT, lane.top - 2, frame.width - LEFT - RIGHT, lane.height + 4);
  pen.clip();
  pen.lineWidth = 1;
  pen.lineJoin = "round";
  for (const strip of strips) drawStrip(pen, frame, lane, strip, store, isMain);
  pen.restore();
}

/** A value's place within a strip. */
export function yOf(lane: Lane, strip: { top: number; height: number }, value: number): number {
  return strip.top + strip.height * (1 - (value - lane.low) / (lane.high - lane.low));
}

/** A sample's place, given what the axis is shifted by. */
export function xOf(frame: Frame, sample: number, offset: number): number {
  return LEFT + (sample - offset - frame.range.start) * frame.perSample;
}

function drawStrip(pen: Pen, frame: Frame, lane: Lane, strip: Strip, store: Store, isMain: boolean): void {
  const from = Math.max(strip.from, strip.offset + Math.floor(frame.range.start) - 1);
  const to = Math.min(strip.to, strip.offset + Math.ceil(frame.range.stop) + 1);
  if (to <= from || !store.tiles) return;
  const cells = Math.ceil(frame.width - LEFT - RIGHT);
  const scale: Scale = { start: strip.offset + frame.range.start, perSample: frame.perSample };
  const tiles = tilesFor(store, lane.trace, from, to, frame);
  const columns = new Columns(cells);
  for (const [tile, a, b] of tiles) columns.fold(tile, a, b, scale, strip.sweep < 0 ? undefined : strip);
  if (isMain) frame.columns.set(strip.sweep, columns);
  remember(store, lane.trace, columns);
  const y = (value: number) => yOf(lane, strip, value);
  const fine = frame.perSample > 1 && tiles.every(([tile]) => tile.raw);
  pen.globalAlpha = strip.isFaint ? 0.35 : 1;
  if (fine) {
    const { points, sample } = samplesOf(tiles, frame, strip, y);
    drawRuns(pen, points, isMain ? codesOf(store, sample[0] ?? 0, 1, sample.length) : null);
    if (frame.perSample > 7) drawDots(pen, points);
  } else {
    const { points, column } = lineThrough(columns, y);
    const codes = isMain ? codesOf(store, scale.start, 1 / scale.perSample, cells) : null;
    drawRuns(pen, shifted(points), codes && Uint8Array.from(column, (c) => codes[c]!));
  }
  pen.globalAlpha = 1;
}

function shifted(points: Float32Array): Float32Array {
  for (let k = 0; k < points.length; k += 2) points[k] = points[k]! + LEFT;
  return points;
}

/** Tiles with the samples each stands for; a coarser one for a tile that has not come yet. */
function tilesFor(store: Store, trace: string, from: number, to: number, frame: Frame): [Tile, number, number][] {
  const tiles = store.tiles!;
  const top = highestLevel(store.n);
  const key = traceKey(store, trace);
  const level = levelFor(1 / frame.perSample, top);
  const [first, last] = tilesOver(from, to, level, store.n);
  const found: [Tile, number, number][] = [];
  for (let k = first; k <= last; k += 1) {
    const span = COLUMNS * 2 ** level;
    const [a, b] = [Math.max(from, k * span), Math.min(to, (k + 1) * span)];
    const own = tiles.have(key, level, k);
    frame.isComplete &&= own !== undefined;
    const tile = own ?? tiles.coarser(key, level, a, top);
    if (tile) found.push([tile, a, b]);
  }
  return found;
}

/** Takes in the range of what is drawn while the tile of the whole is still to come. */
function remember(store: Store, trace: string, columns: Columns): void {
  const key = traceKey(store, trace);
  if (whole.has(key)) return;
  const low = extent(columns.low.filter(Number.isFinite))[0];
  const high = extent(columns.high.filter(Number.isFinite))[1];
  const known = seen.get(key);
  if (!(high >= low) || (known && low >= known[0] && high <= known[1])) return;
  seen.set(key, [Math.min(low, known?.[0] ?? low), Math.max(high, known?.[1] ?? high)]);
  store.touch("tiles");
}

/** The samples themselves as points of a line, with a gap where sweeps meet. */
function samplesOf(tiles: [Tile, number, number][], frame: Frame, strip: Strip, y: (v: number) => number): { points: Float32Array; sample: number[] } {
  const flat: number[] = [];
  const sample: number[] = [];
  for (const [tile, a, b] of tiles) {
    for (let s = a; s < b; s += 1) {
      const value = tile.data[s - tile.first];
      if (value === undefined) continue;
      flat.push(xOf(frame, s, strip.offset), y(value));
      sample.push(s);
    }
  }
  return { points: Float32Array.from(flat), sample };
}

/** The colour of each cell of `step` samples from `start` on: a kind's code in a spike, else the rest's. */
function codesOf(store: Store, start: number, step: number, n: number): Uint8Array {
  const codes = new Uint8Array(n).fill(REST);
  const { table, rate } = store;
  const before = SPIKE_BEFORE * rate;
  const after = SPIKE_AFTER * rate;
  const stop = start + n * step + before;
  for (let row = table.lowerBound(start - after); row < table.length && table.samples[row]! <= stop; row += 1) {
    if (!table.isSpike(row)) continue;
    const peak = table.samples[row]!;
    const a = Math.max(0, Math.floor((peak - before - start) / step));
    const b = Math.min(n - 1, Math.floor((peak + after - start) / step));
    codes.fill(table.kinds[row]!, a, b + 1);
  }
  return codes;
}

/** A line in runs of one colour; each run begins where the one before it ended. */
function drawRuns(pen: Pen, points: Float32Array, codes: Uint8Array | null): void {
  const { rest, kinds } = palette();
  const used = codes ? new Set(codes) : new Set([REST]);
  for (const code of [...used].sort((a, b) => b - a)) {
    pen.strokeStyle = code === REST ? rest : kinds[code]!;
    pen.lineWidth = code === REST ? 1 : 1.4;
    pen.beginPath();
    traceRun(pen, points, codes, code);
    pen.stroke();
  }
}

function traceRun(pen: Pen, points: Float32Array, codes: Uint8Array | null, code: number): void {
  let isDown = false;
  for (let k = 0; k < points.length; k += 2) {
    const y = points[k + 1]!;
    const mine = (codes ? codes[k >> 1] === code : true) && y === y;
    if (!mine) {
      isDown = false;
      continue;
    }
    if (!isDown) startRun(pen, points, k);
    pen.lineTo(points[k]!, y);
    isDown = true;
  }
}

function startRun(pen: Pen, points: Float32Array, k: number): void {
  const joined = k >= 2 && points[k - 1] === points[k - 1];
  pen.moveTo(points[joined ? k - 2 : k]!, points[joined ? k - 1 : k + 1]!);
}

function drawDots(pen: Pen, points: Float32Array): void {
  pen.fillStyle = palette().muted;
  for (let k = 0; k < points.length; k += 2) pen.fillRect(points[k]! - 1.25, points[k + 1]! - 1.25, 2.5, 2.5);
}

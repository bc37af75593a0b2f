/** What stands on the trace beside the samples: spikes, events, stretches left out, the cutoff, a preview. */

import { BOTTOM, LEFT, RIGHT, TOP, type Strip } from "./layout";
import { palette } from "./palette";
import { FONT, type Pen } from "./pen";
import { withUnit } from "./si";
import { REJECTED } from "./spikes";
import type { Store } from "./store";
import { xOf, yOf, type Frame } from "./trace";
import { BLANK } from "./walls";

/** With more marks in view than this, only ticks are drawn. */
const MOST_GLYPHS = 300;
const GLYPH = 4;

/** What lies under the trace. */
export function drawUnder(pen: Pen, frame: Frame, store: Store): void {
  for (const { start, stop, reason } of store.table.excluded) {
    for (const [a, b, strip] of placesOf(frame, start, stop)) drawExcluded(pen, a, b, strip, reason);
  }
  for (const { start, stop } of (store.facts?.events ?? []).filter((e) => e.label === BLANK)) {
    for (const [a, b, strip] of placesOf(frame, start, stop)) drawExcluded(pen, a, b, strip, "blanked");
  }
  if (store.asked) for (const [a, b, strip] of placesOf(frame, store.asked.start, store.asked.stop)) drawAsked(pen, a, b, strip);
  if (store.mode === "chained") drawWalls(pen, frame, store);
  if (store.showEvents) drawEvents(pen, frame, store);
}

/** Where samples `start` to `stop` show: a piece for each strip they lie in. */
function placesOf(frame: Frame, start: number, stop: number): [number, number, Strip][] {
  const places: [number, number, Strip][] = [];
  for (const strip of frame.strips) {
    if (stop < strip.from || start >= strip.to) continue;
    const a = xOf(frame, Math.max(start, strip.from), strip.offset);
    const b = xOf(frame, Math.min(stop, strip.to), strip.offset);
    if (b >= LEFT && a <= frame.width - RIGHT) places.push([Math.max(LEFT, a), Math.min(frame.width - RIGHT, b), strip]);
  }
  return places;
}

function drawExcluded(pen: Pen, a: number, b: number, strip: Strip, reason: string): void {
  const { faint, rest, ink } = palette();
  const width = Math.max(1, b - a);
  pen.save();
  pen.beginPath();
  pen.rect(a, strip.top, width, strip.height);
  pen.clip();
  pen.fillStyle = faint;
  pen.fillRect(a, strip.top, width, strip.height);
  pen.strokeStyle = rest;
  pen.lineWidth = 0.6;
  pen.beginPath();
  for (let x = a - strip.height; x < b; x += 9) {
    pen.moveTo(x, strip.top + strip.height);
    pen.lineTo(x + strip.height, strip.top);
  }
  pen.stroke();
  pen.fillStyle = ink;
  pen.textAlign = "left";
  pen.textBaseline = "bottom";
  if (width > 60) pen.fillText(reason || "left out", a + 5, strip.top + strip.height - 4);
  pen.restore();
}

/** The window that a label is asked for. */
function drawAsked(pen: Pen, a: number, b: number, strip: Strip): void {
  const { spike } = palette();
  pen.fillStyle = spike;
  pen.globalAlpha = 0.1;
  pen.fillRect(a, strip.top, b - a, strip.height);
  pen.globalAlpha = 1;
  for (const x of [a, b]) pen.fillRect(Math.round(x) - 0.5, strip.top, 1.5, strip.height);
}

function drawWalls(pen: Pen, frame: Frame, store: Store): void {
  const { bounds } = store.sweeps;
  const spacing = (store.n / (bounds.length - 1)) * frame.perSample;
  if (bounds.length < 3 || spacing < 8) return;
  pen.strokeStyle = palette().line;
  pen.setLineDash([2, 3]);
  pen.beginPath();
  for (const bound of bounds.slice(1, -1)) {
    const x = Math.round(xOf(frame, bound, 0)) + 0.5;
    if (x < LEFT || x > frame.width) continue;
    pen.moveTo(x, TOP - 4);
    pen.lineTo(x, frame.height - BOTTOM);
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** Long events as bars along the foot of the trace, instants as dashed lines; labels where they fit. */
function drawEvents(pen: Pen, frame: Frame, store: Store): void {
  const colours = palette();
  const base = frame.height - BOTTOM;
  pen.font = FONT.replace("12px", "11px");
  pen.textAlign = "left";
  pen.textBaseline = "bottom";
  let end = -Infinity;
  let lastPixel = -1;
  for (const event of eventsInView(frame, store)) {
    for (const [a, b] of placesOf(frame, event.start, Math.max(event.stop, event.start))) {
      if (b - a < 1 && Math.round(a) === lastPixel) continue;
      lastPixel = Math.round(a);
      drawEvent(pen, a, b, base, event.stop <= event.start);
      const room = event.label.length * 6 + 8;
      if (a < end || (b - a < room && event.stop > event.start)) continue;
      pen.fillStyle = colours.muted;
      pen.fillText(event.label, a + 3, base - 6);
      end = a + room;
    }
  }
  pen.font = FONT;
}

function eventsInView(frame: Frame, store: Store) {
  const events = (store.facts?.events ?? []).filter((e) => e.label !== BLANK);
  const { start, stop } = frame.range;
  if (store.mode === "chained") return events.filter((e) => e.stop >= start && e.start <= stop);
  const one = store.sweeps.bounds;
  return events.filter((e) => e.start >= one[store.sweep]! && e.start < one[store.sweep + 1]!);
}

function drawEvent(pen: Pen, a: number, b: number, base: number, isInstant: boolean): void {
  const { mark, line } = palette();
  if (!isInstant) {
    pen.fillStyle = line;
    pen.fillRect(a, base - 5, Math.max(1, b - a - 1), 4);
    return;
  }
  pen.strokeStyle = mark;
  pen.setLineDash([4, 4]);
  pen.beginPath();
  pen.moveTo(Math.round(a) + 0.5, TOP);
  pen.lineTo(Math.round(a) + 0.5, base);
  pen.stroke();
  pen.setLineDash([]);
}

/** What lies over the trace. */
export function drawMarks(pen: Pen, frame: Frame, store: Store): void {
  drawTicks(pen, frame, store);
  const seen = frame.strips.map((strip) => [strip, ...rowsIn(frame, strip, store)] as const);
  const total = seen.reduce((sum, [, a, b]) => sum + b - a, 0);
  if (total <= MOST_GLYPHS) {
    for (const [strip, a, b] of seen) for (let row = a; row < b; row += 1) drawGlyph(pen, frame, strip, store, row);
  }
  drawChosen(pen, frame, store);
  drawPreview(pen, frame, store);
  drawCutoff(pen, frame, store);
}

function rowsIn(frame: Frame, strip: Strip, store: Store): [number, number] {
  const from = Math.max(strip.from, strip.offset + frame.range.start);
  const to = Math.min(strip.to, strip.offset + frame.range.stop);
  const a = store.table.lowerBound(from);
  return [a, Math.max(a, store.table.lowerBound(to))];
}

/** A tick for every pixel that holds a spike: a band of smallest and largest values hides them. */
function drawTicks(pen: Pen, frame: Frame, store: Store): void {
  const { table } = store;
  const { kinds } = palette();
  const last = new Int32Array(10).fill(-1);
  for (const strip of frame.strips) {
    last.fill(-1);
    const top = store.mode === "stacked" ? strip.top : 3;
    const [a, b] = rowsIn(frame, strip, store);
    for (let row = a; row < b; row += 1) {
      if (!table.isSpike(row)) continue;
      const code = table.kinds[row]!;
      const x = Math.round(xOf(frame, table.samples[row]!, strip.offset));
      if (x === last[code]) continue;
      last[code] = x;
      pen.fillStyle = kinds[code]!;
      pen.globalAlpha = strip.isFaint ? 0.4 : 1;
      pen.fillRect(x - 0.5, top, 1.2, store.mode === "stacked" ? 4 : 8);
    }
  }
  pen.globalAlpha = 1;
}

/** Whether spikes point down: as they were sought, or where both ways were, as most of them do. */
function pointsDown({ facts, table }: Store): boolean {
  const polarity = Number(facts?.polarity);
  return polarity < 0 || (polarity === 0 && table.isMostlyDown);
}

/** Where a spike's mark stands: just over its peak, or under it where spikes point down. */
export function markOf(frame: Frame, strip: Strip, store: Store, sample: number): [number, number] | null {
  const lane = frame.lanes.find((l) => l.trace === store.mainTrace);
  const columns = frame.columns.get(strip.sweep);
  if (!lane || !columns) return null;
  const x = xOf(frame, sample, strip.offset);
  const isDown = pointsDown(store);
  let best = isDown ? Infinity : -Infinity;
  const [a, b] = [Math.floor(x - LEFT) - 1, Math.floor(x - LEFT) + 1];
  for (let c = Math.max(0, a); c <= Math.min(columns.width - 1, b); c += 1) {
    best = isDown ? Math.min(best, columns.low[c]!) : Math.max(best, columns.high[c]!);
  }
  if (!Number.isFinite(best)) return null;
  const y = yOf(lane, strip, best) + (isDown ? 9 : -9);
  return [x, Math.min(strip.top + strip.height - 5, Math.max(strip.top + 2, y))];
}

function drawGlyph(pen: Pen, frame: Frame, strip: Strip, store: Store, row: number): void {
  const place = markOf(frame, strip, store, store.table.samples[row]!);
  if (!place || strip.isFaint) return;
  const { kinds, mark, muted } = palette();
  const [x, y] = place;
  const state = store.table.states[row]!;
  const isSpike = store.table.isSpike(row);
  const colour = state === REJECTED ? mark : isSpike ? kinds[store.table.kinds[row]!]! : muted;
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.beginPath();
  GLYPHS[state]!(pen, x, y, pointsDown(store) ? -1 : 1);
  if (isSpike) pen.fill();
  else pen.stroke();
}

type Glyph = (pen: Pen, x: number, y: number, sign: number) => void;

/** By state: accepted, added, rejected, candidate; told apart by shape as well as by colour. */
const GLYPHS: readonly Glyph[] = [
  (pen, x, y, sign) => {
    pen.moveTo(x - GLYPH, y - sign * 3);
    pen.lineTo(x + GLYPH, y - sign * 3);
    pen.lineTo(x, y + sign * 4);
    pen.closePath();
  },
  (pen, x, y) => {
    pen.moveTo(x - 5, y);
    pen.lineTo(x, y - 5);
    pen.lineTo(x + 5, y);
    pen.lineTo(x, y + 5);
    pen.closePath();
  },
  drawCross,
  (pen, x, y) => pen.arc(x, y, 3.2, 0, 7),
];

function drawCross(pen: Pen, x: number, y: number): void {
  pen.moveTo(x - GLYPH, y - GLYPH);
  pen.lineTo(x + GLYPH, y + GLYPH);
  pen.moveTo(x + GLYPH, y - GLYPH);
  pen.lineTo(x - GLYPH, y + GLYPH);
}

function stripOf(frame: Frame, sample: number): Strip | undefined {
  return frame.strips.find((s) => sample >= s.from && sample < s.to);
}

/** Rings around what is selected, and a line through the spike at hand. */
function drawChosen(pen: Pen, frame: Frame, store: Store): void {
  const { select } = palette();
  const { table } = store;
  pen.strokeStyle = select;
  pen.lineWidth = 1.5;
  let left = MOST_GLYPHS;
  for (const id of store.selected) {
    const row = table.indexOf(id);
    const strip = row >= 0 ? stripOf(frame, table.samples[row]!) : undefined;
    if (strip && (left -= 1) > 0) ring(pen, frame, strip, store, table.samples[row]!);
  }
  const row = store.currentRow;
  const strip = row >= 0 ? stripOf(frame, table.samples[row]!) : undefined;
  if (!strip) return;
  ring(pen, frame, strip, store, table.samples[row]!);
  const x = xOf(frame, table.samples[row]!, strip.offset);
  pen.lineWidth = 1;
  pen.globalAlpha = 0.45;
  pen.setLineDash([2, 3]);
  pen.beginPath();
  pen.moveTo(x, strip.top + 14);
  pen.lineTo(x, strip.top + strip.height);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

function ring(pen: Pen, frame: Frame, strip: Strip, store: Store, sample: number): void {
  const place = markOf(frame, strip, store, sample);
  if (!place || place[0] < LEFT) return;
  pen.beginPath();
  pen.arc(place[0], place[1], 8, 0, 7);
  pen.stroke();
}

/** Spikes that would appear (rings with a plus) or vanish (crosses) with the settings in the form. */
function drawPreview(pen: Pen, frame: Frame, store: Store): void {
  if (!store.preview) return;
  const { spike, mark } = palette();
  pen.lineWidth = 2;
  for (const [samples, colour, draw] of [
    [store.preview.appear, spike, drawPlus],
    [store.preview.vanish, mark, drawCross],
  ] as const) {
    pen.strokeStyle = colour;
    pen.beginPath();
    for (const sample of samples.slice(0, 4 * MOST_GLYPHS)) {
      const strip = stripOf(frame, sample);
      const place = strip && markOf(frame, strip, store, sample);
      if (place && place[0] >= LEFT && place[0] <= frame.width) draw(pen, place[0], place[1] < TOP + 12 ? place[1] + 8 : place[1] - 10);
    }
    pen.stroke();
  }
}

function drawPlus(pen: Pen, x: number, y: number): void {
  pen.moveTo(x - 5, y);
  pen.lineTo(x + 5, y);
  pen.moveTo(x, y - 5);
  pen.lineTo(x, y + 5);
}

/** Where the cutoff's line stands, if it has a place on the trace. */
export function cutoffY(frame: Frame, store: Store): { y: number; strip: Strip; lane: (typeof frame.lanes)[number] } | null {
  const lane = frame.lanes.find((l) => l.trace === store.mainTrace);
  const strip = frame.strips[frame.strips.length - 1];
  const { cutoff } = store;
  if (!lane || !strip || !cutoff || cutoff.unit !== store.unitOf(store.mainTrace)) return null;
  return { y: yOf(lane, strip, cutoff.value + baseOf(frame, store)), strip, lane };
}

/** What a relative cutoff counts from: the middle of what is in view. */
export function baseOf(frame: Frame, store: Store): number {
  if (!store.cutoff?.relative) return 0;
  const strip = frame.strips[frame.strips.length - 1];
  const columns = strip && frame.columns.get(strip.sweep);
  if (!columns) return 0;
  const middles = columns.low.map((low, c) => (low + columns.high[c]!) / 2).filter(Number.isFinite).sort();
  return middles[middles.length >> 1] ?? 0;
}

function drawCutoff(pen: Pen, frame: Frame, store: Store): void {
  const place = cutoffY(frame, store);
  if (!place || !store.cutoff) return;
  const { mark, paper } = palette();
  pen.strokeStyle = mark;
  pen.lineWidth = 1.5;
  pen.setLineDash([7, 4]);
  pen.beginPath();
  pen.moveTo(LEFT, place.y);
  pen.lineTo(frame.width - RIGHT, place.y);
  pen.stroke();
  pen.setLineDash([]);
  const words = `${store.cutoff.parameter} ${withUnit(store.cutoff.value, store.cutoff.unit, 3)}${store.cutoff.relative ? " over the middle" : ""}`;
  const width = words.length * 6.4 + 12;
  const left = frame.width - RIGHT - width - 4;
  pen.fillStyle = mark;
  pen.fillRect(left, place.y - 9, width, 18);
  pen.fillStyle = paper === "#ffffff" ? "#000000" : "#10202b";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(words, left + width / 2, place.y + 0.5);
}

/** Axes of the trace: time beneath, values at the left of each lane. */

import { BOTTOM, LEFT, RIGHT, TOP, type Lane } from "./layout";
import { palette } from "./palette";
import type { Pen } from "./pen";
import { sweepAt } from "./range";
import { clock, decimalsFor, digits, prefixFor, ticks } from "./si";
import type { Store } from "./store";
import { xOf, type Frame } from "./trace";

export function drawAxes(pen: Pen, frame: Frame, store: Store): void {
  const { muted, line } = palette();
  pen.strokeStyle = line;
  pen.fillStyle = muted;
  pen.lineWidth = 1;
  for (const lane of frame.lanes) drawValues(pen, frame, lane, store);
  drawTimes(pen, frame, store);
}

function nameOf(store: Store, trace: string): string {
  if (trace === "stimulus") return store.facts?.stimulus?.name ?? "stimulus";
  return store.facts?.channels.find((c) => String(c.index) === trace)?.name ?? trace;
}

function drawValues(pen: Pen, frame: Frame, lane: Lane, store: Store): void {
  const largest = Math.max(Math.abs(lane.low), Math.abs(lane.high)) / 1.1;
  const [factor] = prefixFor(largest, store.unitOf(lane.trace));
  const strips = store.mode === "stacked" ? store.sweeps.bounds.length - 1 : 1;
  const each = lane.height / strips;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  if (strips === 1 || each > 60) {
    for (let k = 0; k < strips; k += 1) drawScale(pen, lane, lane.top + k * each, each, factor);
  } else drawSweepNumbers(pen, lane, each, strips);
  if (lane !== frame.lanes[0]) pen.fillRect(LEFT, lane.top - 5, frame.width - LEFT - RIGHT, 0.5);
}

/** The name and unit of a lane; under the marks, so that it hides none. */
export function drawName(pen: Pen, frame: Frame, lane: Lane, store: Store): void {
  const { ink, paper } = palette();
  const largest = Math.max(Math.abs(lane.low), Math.abs(lane.high)) / 1.1;
  const [, unit] = prefixFor(largest, store.unitOf(lane.trace));
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.font = `600 ${pen.font}`;
  const filter = lane.trace === "stimulus" ? "" : store.filterWords;
  const name = `${nameOf(store, lane.trace)} (${unit || "no unit"})`;
  const told = [name, filter].filter(Boolean).join(", ");
  // In a narrow window the filter's name must do.
  const label = told.length * 6.9 < frame.width - LEFT - RIGHT - 10 ? told : [name, filter.split(",")[0]].join(", ");
  const top = store.mode === "stacked" && lane.top === TOP ? 0 : lane.top;
  pen.globalAlpha = 0.8;
  pen.fillStyle = paper;
  pen.fillRect(LEFT + 4, top, label.length * 6.9 + 6, 16);
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  pen.fillText(label, LEFT + 7, top + 2);
  pen.font = pen.font.replace("600 ", "");
}

function drawScale(pen: Pen, lane: Lane, top: number, height: number, factor: number): void {
  const { muted, line } = palette();
  const { at, step } = ticks(lane.low / factor, lane.high / factor, Math.max(2, height / 42));
  pen.strokeStyle = line;
  pen.fillStyle = muted;
  for (const value of at) {
    const y = top + height * (1 - (value * factor - lane.low) / (lane.high - lane.low));
    pen.beginPath();
    pen.moveTo(LEFT - 4, y);
    pen.lineTo(LEFT, y);
    pen.stroke();
    pen.fillText(digits(Number(value.toFixed(decimalsFor(step))), 6), LEFT - 7, y);
  }
}

function drawSweepNumbers(pen: Pen, lane: Lane, each: number, strips: number): void {
  const every = Math.max(1, Math.ceil(14 / each));
  pen.fillStyle = palette().muted;
  for (let k = 0; k < strips; k += every) pen.fillText(String(k), LEFT - 7, lane.top + (k + 0.5) * each);
}

function drawTimes(pen: Pen, frame: Frame, store: Store): void {
  const { muted, line } = palette();
  const base = frame.height - BOTTOM;
  pen.strokeStyle = line;
  pen.beginPath();
  pen.moveTo(LEFT, base + 0.5);
  pen.lineTo(frame.width - RIGHT, base + 0.5);
  pen.stroke();
  pen.fillStyle = muted;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const seconds = (frame.range.stop - frame.range.start) / store.rate;
  const count = Math.max(2, (frame.width - LEFT) / 110);
  const decimals = decimalsFor(ticks(0, seconds, count).step);
  let lastEnd = LEFT - 40;
  for (const [x, time] of timesOf(frame, store, count)) {
    const text = clock(time, decimals);
    const half = text.length * 3.4;
    pen.beginPath();
    pen.moveTo(x, base);
    pen.lineTo(x, base + 4);
    pen.stroke();
    if (x - half < lastEnd || x + half > frame.width - 18) continue;
    pen.fillText(text, x, base + 7);
    lastEnd = x + half + 12;
  }
  pen.textAlign = "right";
  pen.fillText("s", frame.width - RIGHT + 6, base + 7);
}

/** Places and times of ticks: on the recording's clock side by side, from the sweep's start otherwise. */
function timesOf(frame: Frame, store: Store, count: number): [number, number][] {
  const { start, stop } = frame.range;
  const { step } = ticks(0, (stop - start) / store.rate, count);
  if (store.mode !== "chained") {
    const { at } = ticks(start / store.rate, stop / store.rate, ((stop - start) / store.rate / step) * 1.0001);
    return at.map((t) => [xOf(frame, t * store.rate, 0), t]);
  }
  const { bounds, starts } = store.sweeps;
  const marks: [number, number][] = [];
  for (let k = sweepAt(bounds, Math.max(0, start)); k < starts.length && bounds[k]! < stop; k += 1) {
    const low = starts[k]! + (Math.max(start, bounds[k]!) - bounds[k]!) / store.rate;
    const high = starts[k]! + (Math.min(stop, bounds[k + 1]!) - bounds[k]!) / store.rate;
    const isParted = k + 1 < starts.length && starts[k + 1]! - starts[k]! > ((bounds[k + 1]! - bounds[k]!) / store.rate) * 1.01;
    const end = isParted && bounds[k + 1]! < stop ? high - 24 / frame.perSample / store.rate : high;
    for (let m = Math.ceil(low / step - 1e-9); m * step < end - 1e-9 * step; m += 1) {
      marks.push([xOf(frame, bounds[k]! + (m * step - starts[k]!) * store.rate, 0), m * step]);
    }
  }
  return marks;
}

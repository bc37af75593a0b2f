/** The strip over the trace: the whole recording as a band, its spikes as ticks, its rate as a ribbon. */

import { Columns } from "./columns";
import { el, penOf } from "./dom";
import { LEFT, RIGHT } from "./layout";
import { palette } from "./palette";
import { centred, sweepAt, timeOf, type Range } from "./range";
import { clock, digits } from "./si";
import type { Store } from "./store";
import { highestLevel } from "./tile";
import { traceKey } from "./trace";
import { extent } from "./waveforms";

const RIBBON = 16;
const TICKS = 8;

interface Kept {
  canvas: HTMLCanvasElement;
  stale: boolean;
  /** Whether the band of the whole recording has been drawn. */
  hasBand: boolean;
}

/** Draws the overview when what it shows changes, and moves the view when it is used. */
export function overview(canvas: HTMLCanvasElement, store: Store): void {
  const kept: Kept = { canvas: el("canvas"), stale: true, hasBand: false };
  const stale = () => {
    kept.stale = true;
    draw(canvas, kept, store);
  };
  store.on(["recording", "spikes", "rows", "lanes", "theme"], stale);
  store.on(["tiles"], () => !kept.hasBand && stale());
  store.on(["recording"], () => (kept.hasBand = false));
  store.on(["view", "selection"], () => draw(canvas, kept, store));
  new ResizeObserver(stale).observe(canvas);
  listen(canvas, store);
}

function draw(canvas: HTMLCanvasElement, kept: Kept, store: Store): void {
  const { pen, width, height } = penOf(canvas);
  if (kept.stale || kept.canvas.width !== canvas.width) {
    kept.canvas.width = canvas.width;
    kept.canvas.height = canvas.height;
    const below = kept.canvas.getContext("2d")!;
    below.setTransform(pen.getTransform());
    kept.hasBand = drawBelow(below, width, height, store);
    kept.stale = false;
  }
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(kept.canvas, 0, 0);
  pen.restore();
  drawView(pen, width, height, store);
  const seconds = timeOf(store.sweeps, chainedView(store).start);
  canvas.setAttribute("aria-valuenow", seconds.toFixed(3));
  canvas.setAttribute("aria-valuemax", timeOf(store.sweeps, Math.max(0, store.n - 1)).toFixed(3));
  canvas.setAttribute("aria-valuetext", `${clock(seconds, 3)} s`);
}

/** What is in view, in samples of the file. */
function chainedView(store: Store): Range {
  const offset = store.offsetOf(store.sweep);
  return { start: store.range.start + offset, stop: store.range.stop + offset };
}

function drawBelow(pen: CanvasRenderingContext2D, width: number, height: number, store: Store): boolean {
  const cells = Math.max(1, Math.floor(width - LEFT - RIGHT));
  pen.clearRect(0, 0, width, height);
  if (!store.n) return false;
  const hasBand = drawBand(pen, cells, height, store);
  drawSpikes(pen, cells, height, store);
  pen.fillStyle = palette().rest;
  pen.globalAlpha = 0.35;
  for (const { start, stop } of store.table.excluded) {
    pen.fillRect(LEFT + (start / store.n) * cells, 0, Math.max(1, ((stop - start) / store.n) * cells), height);
  }
  pen.globalAlpha = 1;
  return hasBand;
}

function drawBand(pen: CanvasRenderingContext2D, cells: number, height: number, store: Store): boolean {
  const tile = store.tiles?.have(traceKey(store, store.mainTrace), highestLevel(store.n), 0);
  if (!tile) return false;
  const columns = new Columns(cells);
  columns.fold(tile, 0, store.n, { start: 0, perSample: cells / store.n });
  const [low, high] = extent(tile.data);
  const top = RIBBON + TICKS + 3;
  const scale = (height - top - 2) / (high - low || 1);
  pen.fillStyle = palette().rest;
  for (let c = 0; c < cells; c += 1) {
    if (!columns.has(c)) continue;
    const y = top + (high - columns.high[c]!) * scale;
    pen.fillRect(LEFT + c, y, 1, Math.max(1, (columns.high[c]! - columns.low[c]!) * scale));
  }
  return true;
}

/** Spikes per second in each cell, drawn as a ribbon, and a tick for every cell with a spike. */
function drawSpikes(pen: CanvasRenderingContext2D, cells: number, height: number, store: Store): void {
  const { spike, muted } = palette();
  const ticks = new Uint8Array(cells);
  const bins = Math.max(1, Math.floor(cells / 4));
  const counts = new Float64Array(bins);
  const { table } = store;
  for (const row of table.spikes()) {
    const share = Math.min(table.samples[row]! / store.n, 0.9999999);
    ticks[Math.floor(share * cells)] = 1;
    counts[Math.floor(share * bins)]! += 1;
  }
  const most = Math.max(...counts, 1);
  pen.fillStyle = spike;
  for (let b = 0; b < bins; b += 1) {
    const tall = (counts[b]! / most) * RIBBON;
    if (tall > 0) pen.fillRect(LEFT + (b * cells) / bins, RIBBON - tall, cells / bins, tall);
  }
  for (let c = 0; c < cells; c += 1) if (ticks[c]) pen.fillRect(LEFT + c, RIBBON + 2, 1, TICKS - 2);
  const perSecond = (most * bins * store.rate) / store.n;
  pen.fillStyle = muted;
  pen.font = '11px system-ui, "Noto Sans", "DejaVu Sans", sans-serif';
  pen.textAlign = "right";
  pen.textBaseline = "top";
  pen.fillText(table.length ? `${digits(perSecond, 2)} Hz` : "", LEFT - 7, 0);
  pen.textBaseline = "bottom";
  pen.fillText("whole", LEFT - 7, height - 6);
}

function drawView(pen: CanvasRenderingContext2D, width: number, height: number, store: Store): void {
  if (!store.n) return;
  const { ink } = palette();
  const cells = width - LEFT - RIGHT;
  const { start, stop } = chainedView(store);
  const a = LEFT + (start / store.n) * cells;
  const b = Math.max(a + 2, LEFT + (Math.min(stop, store.n) / store.n) * cells);
  pen.fillStyle = ink;
  pen.globalAlpha = 0.07;
  pen.fillRect(a, 0, b - a, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.strokeRect(Math.round(a) + 0.5, 0.5, Math.max(1, Math.round(b - a) - 1), height - 1);
}

function listen(canvas: HTMLCanvasElement, store: Store): void {
  const go = (event: PointerEvent) => {
    const cells = canvas.clientWidth - LEFT - RIGHT;
    const share = (event.clientX - canvas.getBoundingClientRect().left - LEFT) / cells;
    showSample(store, Math.min(Math.max(0, share), 1) * store.n);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) go(event);
  });
}

/** Brings a sample of the file to the middle of the view. */
export function showSample(store: Store, sample: number): void {
  if (store.mode !== "chained") store.sweep = sweepAt(store.sweeps.bounds, sample);
  store.range = centred(store.range, sample - store.offsetOf(store.sweep), store.extent);
  store.touch("view");
}

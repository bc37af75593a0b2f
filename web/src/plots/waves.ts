/** Waveform overlay and phase plane: one line per spike; what a lasso passes through is selected. */

import type uPlot from "uplot";
import { complain, selectMany } from "../actions";
import { settled } from "../dom";
import { palette } from "../palette";
import type { Store } from "../store";
import { extent, passesThrough, slopes, type Point, type Waveforms } from "../waveforms";
import { SidePlot } from "./frame";

const BEFORE = 0.002;
const AFTER = 0.004;
const MOST = 400;

/** Lines ready to be drawn: x and y of each sample of each waveform. */
interface Lines {
  x: Float32Array;
  y: Float32Array;
}

export function wavePlots(place: HTMLElement, store: Store): void {
  const overlay = linesPlot("Waveforms", store, overlayOf);
  const phase = linesPlot("Phase plane", store, phaseOf);
  place.append(overlay.figure, phase.figure);
  fetchWhenSettled(store);
}

function fetchWhenSettled(store: Store): void {
  let abort = new AbortController();
  const fetch = settled(60, () => {
    abort.abort();
    abort = new AbortController();
    const door = store.door;
    door?.waveforms("all", BEFORE, AFTER, MOST, abort.signal).then((waves) => {
      if (store.door !== door) return;
      store.waves = waves;
      store.touch("waves");
    }, complain);
  });
  let known = [0, 0];
  const shape = () => [store.table.rebuilt, store.table.spikes().length];
  store.on(["recording", "spikes"], () => {
    known = shape();
    fetch();
  });
  // After an edit the lines that are kept still hold; only spikes that came or moved need new ones.
  store.on(["rows"], () => {
    const now = shape();
    if (now[0] !== known[0] || now[1]! > known[1]!) fetch();
    known = now;
  });
}

type Axes = Parameters<SidePlot["show"]>;

function overlayOf(waves: Waveforms, store: Store): Lines {
  const n = waves.ids.length;
  const x = new Float32Array(n * waves.length);
  for (let k = 0; k < x.length; k += 1) x[k] = ((k % waves.length) - waves.before) / store.rate;
  return { x, y: waves.values };
}

function phaseOf(waves: Waveforms, store: Store): Lines {
  const y = new Float32Array(waves.values.length);
  for (let k = 0; k < waves.ids.length; k += 1) {
    const one = waves.values.subarray(k * waves.length, (k + 1) * waves.length);
    y.set(slopes(one, store.rate), k * waves.length);
  }
  return { x: waves.values, y };
}

function linesPlot(title: string, store: Store, linesOf: (waves: Waveforms, store: Store) => Lines): SidePlot {
  let lines: Lines | null = null;
  let lasso: Point[] = [];
  const plot = new SidePlot(title, {
    draw: (u) => {
      if (lines && store.waves) drawLines(u, lines, store.waves, store);
      if (lasso.length) drawLasso(u, lasso);
    },
    drag: "none",
  });
  store.on(["waves", "recording"], () => {
    lines = store.waves ? linesOf(store.waves, store) : null;
    if (!lines) return;
    plot.show(...axesOf(title, lines, store));
    const n = store.table.spikes().length;
    plot.say(store.waves!.ids.length < n ? `${store.waves!.ids.length} of ${n.toLocaleString("en")}` : "");
    listen(plot, (points, done) => {
      lasso = points;
      if (done) lasso = choose(plot, points, lines, store);
      plot.u?.redraw(false);
    });
  });
  store.on(["theme"], () => {
    if (lines) plot.show(...axesOf(title, lines, store));
  });
  store.on(["rows", "selection"], () => plot.u?.redraw(false));
  return plot;
}

function axesOf(title: string, lines: Lines, store: Store): Axes {
  const unit = store.unitOf(store.mainTrace);
  const [x0, x1] = lines.x.length ? extent(lines.x) : [0, 1];
  const [y0, y1] = lines.y.length ? extent(lines.y) : [0, 1];
  const room = (y1 - y0 || 1) * 0.05;
  const isPhase = title === "Phase plane";
  const named = unit === "A" ? "current" : "voltage";
  return [
    { label: isPhase ? named : "from the peak", unit: isPhase ? unit : "s", low: x0, high: x1 },
    { label: isPhase ? "slope" : named, unit: isPhase ? `${unit}/s` : unit, low: y0 - room, high: y1 + room },
  ];
}

/** Faint lines first, what is selected over them. */
function drawLines(u: uPlot, lines: Lines, waves: Waveforms, store: Store): void {
  const { kinds, select } = palette();
  const place = placing(u);
  const seen = rowsOf(waves, store);
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.lineJoin = "round";
  const codes = new Map<number, number[]>();
  const chosen: number[] = [];
  for (const [k, row] of seen) {
    const id = store.table.ids[row]!;
    if (store.selected.has(id) || store.current === id) chosen.push(k);
    const code = store.table.kinds[row]!;
    codes.set(code, [...(codes.get(code) ?? []), k]);
  }
  u.ctx.globalAlpha = Math.max(0.12, Math.min(0.7, 12 / Math.max(1, seen.length)));
  for (const [code, some] of codes) strokeEach(u, lines, waves, some, kinds[code]!, place);
  u.ctx.globalAlpha = chosen.length > 20 ? 0.6 : 1;
  u.ctx.lineWidth = 1.6 * devicePixelRatio;
  strokeEach(u, lines, waves, chosen, select, place);
  u.ctx.globalAlpha = 1;
}

/** Waveforms whose spike still counts, as pairs of number and row. */
function rowsOf(waves: Waveforms, store: Store): [number, number][] {
  const pairs = Array.from(waves.ids, (id, k) => [k, store.table.indexOf(id)] as [number, number]);
  return pairs.filter(([, row]) => row >= 0 && store.table.isSpike(row));
}

interface Placing {
  x0: number;
  dx: number;
  y0: number;
  dy: number;
}

function placing(u: uPlot): Placing {
  const x0 = u.valToPos(0, "x", true);
  const y0 = u.valToPos(0, "y", true);
  return { x0, dx: u.valToPos(1, "x", true) - x0, y0, dy: u.valToPos(1, "y", true) - y0 };
}

function strokeEach(u: uPlot, lines: Lines, waves: Waveforms, some: number[], colour: string, at: Placing): void {
  u.ctx.strokeStyle = colour;
  for (const k of some) {
    u.ctx.beginPath();
    for (let j = k * waves.length; j < (k + 1) * waves.length; j += 1) {
      u.ctx.lineTo(at.x0 + lines.x[j]! * at.dx, at.y0 + lines.y[j]! * at.dy);
    }
    u.ctx.stroke();
  }
}

function drawLasso(u: uPlot, points: Point[]): void {
  const { ink } = palette();
  u.ctx.strokeStyle = ink;
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  u.ctx.beginPath();
  const { left, top } = u.bbox;
  for (const [x, y] of points) u.ctx.lineTo(left + x * devicePixelRatio, top + y * devicePixelRatio);
  u.ctx.closePath();
  u.ctx.stroke();
  u.ctx.setLineDash([]);
}

function choose(plot: SidePlot, loop: Point[], lines: Lines | null, store: Store): Point[] {
  const u = plot.u;
  const waves = store.waves;
  if (!u || !lines || !waves) return [];
  const ids: number[] = [];
  for (const [k, row] of rowsOf(waves, store)) {
    const line: Point[] = [];
    for (let j = k * waves.length; j < (k + 1) * waves.length; j += 1) {
      line.push([u.valToPos(lines.x[j]!, "x"), u.valToPos(lines.y[j]!, "y")]);
    }
    if (passesThrough(loop, line)) ids.push(store.table.ids[row]!);
  }
  selectMany(store, ids);
  return [];
}

/** A click is a small lasso. */
function around([x, y]: Point): Point[] {
  return [[x - 3, y - 3], [x + 3, y - 3], [x + 3, y + 3], [x - 3, y + 3]];
}

const heard = new WeakSet<HTMLElement>();

/** Tells of the lasso while it is drawn, and once more when it is done. */
function listen(plot: SidePlot, draw: (points: Point[], done: boolean) => void): void {
  const over = plot.u?.over;
  if (!over || heard.has(over)) return;
  heard.add(over);
  let points: Point[] = [];
  over.addEventListener("pointerdown", (event) => {
    points = [[event.offsetX, event.offsetY]];
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener("pointermove", (event) => {
    if (!points.length) return;
    points.push([event.offsetX, event.offsetY]);
    draw(points, false);
  });
  const release = () => {
    const drawn = points;
    points = [];
    if (drawn.length) draw(drawn.length > 3 ? drawn : around(drawn[0]!), true);
  };
  over.addEventListener("pointerup", release);
  over.addEventListener("pointercancel", () => {
    points = [];
    draw([], false);
  });
}

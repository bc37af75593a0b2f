/** Waveform overlay and phase plane: one line per spike; what a lasso passes through is selected. */

import type uPlot from "uplot";
import { complain, selectMany } from "../actions";
import { say, settled } from "../dom";
import { palette } from "../palette";
import { counted } from "../si";
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
  // Of sorted spikes the slope is of no use; their components take its place.
  store.on(["spikes"], () => (phase.figure.hidden = store.table.isSorted));
  fetchWhenSettled(store);
}

function fetchWhenSettled(store: Store): void {
  let abort = new AbortController();
  const fetch = settled(60, () => {
    abort.abort();
    abort = new AbortController();
    const door = store.door;
    door?.waveforms(someOf(store), BEFORE, AFTER, MOST, abort.signal).then((waves) => {
      if (store.door !== door) return;
      store.waves = waves;
      store.touch("waves");
    }, complain);
  });
  let known = [0, 0];
  const shape = () => [store.table.rebuilt, store.table.spikes().length];
  store.on(["shown"], fetch);
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

/** Which waveforms to draw: those of the ticked units where only they are shown, evenly chosen. */
function someOf(store: Store): string {
  if (!store.onlyTicked || !store.table.isSorted) return "all";
  const rows = store.plotted();
  const n = Math.min(MOST, rows.length);
  return Array.from({ length: n }, (_, k) => store.table.ids[rows[Math.floor((k * rows.length) / n)]!]!).join(",");
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

type LinesOf = (waves: Waveforms, store: Store) => Lines;

function linesPlot(title: string, store: Store, linesOf: LinesOf): SidePlot {
  let lines: Lines | null = null;
  const plot: SidePlot = new SidePlot(title, {
    draw: (u) => {
      if (lines && store.waves) drawLines(u, lines, store.waves, store);
    },
    drag: "none",
    lasso: (loop) => void choose(plot, loop, linesOf, store).catch(complain),
  });
  store.on(["waves", "recording"], () => {
    lines = store.waves ? linesOf(store.waves, store) : null;
    if (!lines) return;
    plot.show(...axesOf(title, lines, store));
    const n = store.plotted().length;
    plot.say(store.waves!.ids.length < n ? `${store.waves!.ids.length} of ${n.toLocaleString("en")}` : "");
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
  return pairs.filter(([, row]) => row >= 0 && store.isPlotted(row));
}

interface Placing {
  x0: number;
  dx: number;
  y0: number;
  dy: number;
}

/** From values to the canvas's own pixels, or to the page's. */
function placing(u: uPlot, onCanvas = true): Placing {
  const x0 = u.valToPos(0, "x", onCanvas);
  const y0 = u.valToPos(0, "y", onCanvas);
  return { x0, dx: u.valToPos(1, "x", onCanvas) - x0, y0, dy: u.valToPos(1, "y", onCanvas) - y0 };
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

/** Selects every spike whose line passes through a loop; of many lines only some are drawn, but all are looked at. */
async function choose(plot: SidePlot, loop: Point[], linesOf: LinesOf, store: Store): Promise<void> {
  const { door } = store;
  const waves = await allWaves(store);
  const u = plot.u;
  if (!u || !waves || store.door !== door) return;
  const lines = linesOf(waves, store);
  const at = placing(u, false);
  const ids: number[] = [];
  for (const [k, row] of rowsOf(waves, store)) {
    const line: Point[] = [];
    for (let j = k * waves.length; j < (k + 1) * waves.length; j += 1) {
      line.push([at.x0 + lines.x[j]! * at.dx, at.y0 + lines.y[j]! * at.dy]);
    }
    if (passesThrough(loop, line)) ids.push(store.table.ids[row]!);
  }
  selectMany(store, ids);
}

async function allWaves(store: Store): Promise<Waveforms | null> {
  const { waves, door } = store;
  const n = store.plotted().length;
  if (!door || !waves || waves.ids.length >= n) return waves;
  say(`looking at all ${counted(n, "waveform")} …`);
  return door.waveforms("all", BEFORE, AFTER, n + store.table.spikes().length, new AbortController().signal);
}

/** The plots of all spikes: intervals, amplitude over time, probability. A range dragged over selects. */

import { goToRow, selectMany } from "../actions";
import type uPlot from "uplot";
import { histogram, intervals, linearEdges, logEdges, type Histogram } from "../bins";
import { palette } from "../palette";
import { timeOf } from "../range";
import { digits, withUnit } from "../si";
import type { Store } from "../store";
import { extent } from "../waveforms";
import { componentsPlot } from "./components";
import { drawBars, drawUpright, SidePlot, type Box } from "./frame";

const BINS = 50;

/** Adds the plots to the page; each draws itself when the spikes or the selection change. */
export function sidePlots(place: HTMLElement, store: Store): void {
  const plots = [componentsPlot(store), intervalPlot(store), amplitudePlot(store), probabilityPlot(store)];
  place.append(...plots.map((p) => p.figure));
}

function redrawn(store: Store, refresh: () => void, plot: SidePlot): void {
  store.on(["spikes", "rows", "theme", "selection", "shown"], (changed) => {
    if (changed.size === 1 && changed.has("selection")) plot.u?.redraw(false);
    else refresh();
  });
}

export function refractoryOf(store: Store): number {
  const given = store.table.parameters["refractory"];
  return typeof given === "number" && given > 0 ? given : 1e-3;
}

function intervalPlot(store: Store): SidePlot {
  let found = intervals(store.table, store.rate, store.walls);
  let bars: Histogram = { edges: linearEdges(0, 1, 1), counts: new Float64Array(1) };
  const plot = new SidePlot("Intervals", {
    draw: (u) => {
      drawBars(u, bars.edges, bars.counts, palette().spike);
      const chosen = chosenOf(store, found.rows, found.values);
      if (chosen.length) drawBars(u, bars.edges, histogram(chosen, bars.edges).counts, palette().select);
      drawUpright(u, refractoryOf(store), palette().mark, "refractory");
    },
    chosen: ({ x }) => selectMany(store, idsWhere(store, found.rows, found.values, x)),
  });
  const refresh = () => {
    found = intervals(store.table, store.rate, store.walls, store.plotted());
    const [low, high] = found.values.length ? extent(found.values) : [1e-3, 1];
    bars = histogram(found.values, logEdges(Math.max(1e-5, Math.min(low, 5e-4)), Math.max(high, 0.1), 10));
    plot.show(
      { label: "interval", unit: "s", low: bars.edges[0]!, high: bars.edges[bars.edges.length - 1]!, isLog: true },
      { label: "count", unit: "", isCount: true, low: 0, high: Math.max(...bars.counts, 1) * 1.08 },
    );
    const least = refractoryOf(store);
    let short = 0;
    for (const v of found.values) short += Number(v < least);
    plot.say(`${short} under ${withUnit(refractoryOf(store), "s", 2)}`);
  };
  redrawn(store, refresh, plot);
  return plot;
}

/** The values of the rows that are selected. */
function chosenOf(store: Store, rows: ArrayLike<number>, values: ArrayLike<number>): number[] {
  const chosen: number[] = [];
  if (!store.selected.size) return chosen;
  for (let k = 0; k < rows.length; k += 1) if (store.selected.has(store.table.ids[rows[k]!]!)) chosen.push(values[k]!);
  return chosen;
}

function idsWhere(store: Store, rows: ArrayLike<number>, values: ArrayLike<number>, [low, high]: [number, number]): number[] {
  const ids: number[] = [];
  for (let k = 0; k < rows.length; k += 1) if (values[k]! >= low && values[k]! <= high) ids.push(store.table.ids[rows[k]!]!);
  return ids;
}

function amplitudeName(store: Store): string {
  const known = ["amplitude", "height", "peak_v"];
  return known.find((name) => store.table.number(name)?.some(Number.isFinite)) ?? "height";
}

function amplitudePlot(store: Store): SidePlot {
  const inBox = ({ x, y }: Box) => {
    const values = store.table.number(amplitudeName(store));
    const rows = store.plotted().filter((row) => values![row]! >= y[0] && values![row]! <= y[1]);
    selectMany(store, idsWhere(store, rows, rows, [-1, Infinity]).filter((id) => {
      const t = timeOfRow(store, store.table.indexOf(id));
      return t >= x[0] && t <= x[1];
    }));
  };
  const plot = new SidePlot("Amplitude over time", { draw: (u) => drawDots(u, store), chosen: inBox, drag: "xy" });
  const refresh = () => {
    const name = amplitudeName(store);
    const [low, high] = extentOf(store, name);
    const room = (high - low || Math.abs(high) || 1) * 0.08;
    const [first, last] = [timeOf(store.sweeps, 0), timeOf(store.sweeps, Math.max(1, store.n - 1))];
    plot.show(
      { label: "time", unit: "s", low: first - 0.02 * (last - first), high: last + 0.02 * (last - first) },
      { label: name.replaceAll("_", " "), unit: store.table.units[name] ?? "", low: low - room, high: high + room },
    );
    plot.say("");
  };
  redrawn(store, refresh, plot);
  plot.figure.addEventListener("click", (event) => pick(event, plot, store));
  return plot;
}

/** The range of a column over the spikes. */
function extentOf(store: Store, name: string): [number, number] {
  const [low, high] = store.table.extentOf(name, store.table.spikes());
  return low <= high ? [low, high] : [0, 1];
}

function timeOfRow(store: Store, row: number): number {
  return store.table.number("time")?.[row] ?? timeOf(store.sweeps, store.table.samples[row]!);
}

/** Dots, at most one for each place and colour: a hundred thousand spikes are drawn as fast as the page has pixels. */
function drawDots(u: uPlot, store: Store): void {
  const { table } = store;
  const values = table.number(amplitudeName(store));
  const times = table.number("time");
  if (!values || !times) return;
  const { kinds, select } = palette();
  const size = Math.max(2, Math.round((table.length > 5000 ? 1.5 : 3) * devicePixelRatio));
  const { left, top, width, height } = u.bbox;
  const cells = new Uint8Array((Math.ceil(width / size) + 1) * (Math.ceil(height / size) + 1));
  const across = Math.ceil(width / size) + 1;
  let last = 0;
  const [x0, x1] = [u.valToPos(0, "x", true), u.valToPos(1, "x", true)];
  const [y0, y1] = [u.valToPos(0, "y", true), u.valToPos(1, "y", true)];
  for (const row of store.plotted()) {
    const x = x0 + times[row]! * (x1 - x0) - left;
    const y = y0 + values[row]! * (y1 - y0) - top;
    if (!(x >= 0 && x <= width && y >= 0 && y <= height)) continue;
    const code = 1 + table.kinds[row]!;
    const cell = Math.floor(y / size) * across + Math.floor(x / size);
    if (cells[cell] === code) continue;
    cells[cell] = code;
    if (code !== last) u.ctx.fillStyle = kinds[code - 1]!;
    last = code;
    u.ctx.fillRect(left + x - size / 2, top + y - size / 2, size, size);
  }
  u.ctx.fillStyle = u.ctx.strokeStyle = select;
  for (const id of store.selected) dot(u, store, table.indexOf(id), x0, x1, y0, y1, size + 1);
  if (store.currentRow >= 0) dot(u, store, store.currentRow, x0, x1, y0, y1, 3 * size);
}

function dot(u: uPlot, store: Store, row: number, x0: number, x1: number, y0: number, y1: number, size: number): void {
  if (row < 0) return;
  const x = x0 + timeOfRow(store, row) * (x1 - x0);
  const y = y0 + store.table.number(amplitudeName(store))![row]! * (y1 - y0);
  u.ctx.fillRect(x - size / 2, y - size / 2, size, size);
}

/** A click goes to the spike nearest to it. */
function pick(event: MouseEvent, plot: SidePlot, store: Store): void {
  const u = plot.u;
  const values = store.table.number(amplitudeName(store));
  if (!u || !values) return;
  const box = u.over.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let best = -1;
  let least = 12;
  for (const row of store.plotted()) {
    const gap = Math.hypot(u.valToPos(timeOfRow(store, row), "x") - x, u.valToPos(values[row]!, "y") - y);
    if (gap < least) [best, least] = [row, gap];
  }
  if (best >= 0) goToRow(store, best);
}

function probabilityPlot(store: Store): SidePlot {
  const edges = linearEdges(0, 1, BINS);
  let bars: Histogram = { edges, counts: new Float64Array(BINS) };
  let accepted = bars;
  const values = () => store.table.number("probability") ?? new Float64Array(0);
  const rows = () => Int32Array.from(values().keys());
  const plot = new SidePlot("Probability", {
    draw: (u) => {
      const { rest, spike, select } = palette();
      drawBars(u, edges, bars.counts, rest);
      drawBars(u, edges, accepted.counts, spike);
      const chosen = store.selected.size ? chosenOf(store, rows(), values()) : [];
      if (chosen.length) drawBars(u, edges, histogram(chosen, edges).counts, select);
      const cut = cutOf(store);
      if (typeof cut === "number") drawUpright(u, cut, palette().mark, "cut");
    },
    chosen: ({ x }) => selectMany(store, idsWhere(store, rows(), values(), x)),
  });
  const refresh = () => {
    const all = values();
    bars = histogram(all, edges);
    accepted = histogram(all, edges, store.table.spikes());
    plot.show(
      { label: "estimated probability", unit: "", low: 0, high: 1 },
      { label: "count", unit: "", isCount: true, low: 0, high: Math.max(...bars.counts, 1) * 1.08 },
    );
    const n = store.table.doubtful().length;
    plot.say(values().some(Number.isFinite) ? `${digits(n)} doubtful` : "not given");
  };
  redrawn(store, refresh, plot);
  store.on(["preview"], () => plot.u?.redraw(false));
  dragCut(store, plot);
  return plot;
}

/** The probability above which the method, or the form that is tried, accepts. */
function cutOf(store: Store): unknown {
  return store.cutoff?.parameter === "cut" ? store.cutoff.value : store.table.parameters["cut"];
}

const NEAR = 6;

/** While settings are tried, the line of the cut can be dragged, as a cutoff on the trace can. */
function dragCut(store: Store, plot: SidePlot): void {
  let held = false;
  const place = (event: MouseEvent) => event.clientX - plot.u!.over.getBoundingClientRect().left;
  const isNear = (event: MouseEvent) =>
    plot.u !== null && store.cutoff?.parameter === "cut" && Math.abs(place(event) - plot.u.valToPos(store.cutoff.value, "x")) < NEAR;
  plot.figure.addEventListener("mousedown", (event) => {
    if (!isNear(event)) return;
    held = true;
    // Else the plot would take it for a range to select.
    event.stopPropagation();
    event.preventDefault();
  }, { capture: true });
  plot.figure.addEventListener("mousemove", (event) => plot.u && (plot.u.over.style.cursor = isNear(event) ? "ew-resize" : ""));
  window.addEventListener("mousemove", (event) => {
    if (!held || !plot.u || !store.cutoff) return;
    store.cutoff.value = Number(Math.min(0.99, Math.max(0.01, plot.u.posToVal(place(event), "x"))).toFixed(2));
    store.touch("preview");
    document.dispatchEvent(new CustomEvent("cutoff"));
  });
  window.addEventListener("mouseup", () => (held = false));
}

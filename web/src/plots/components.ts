/** Every spike as a dot along the two main directions of the waveforms: where units are seen apart, and split. */

import type uPlot from "uplot";
import { complain, selectMany } from "../actions";
import { settled } from "../dom";
import { palette } from "../palette";
import type { Store } from "../store";
import { extent, holds, type Point, type Waveforms } from "../waveforms";
import { SidePlot } from "./frame";

export function componentsPlot(store: Store): SidePlot {
  let scores: Waveforms | null = null;
  const plot: SidePlot = new SidePlot("Components", {
    draw: (u) => scores && drawDots(u, scores, store),
    drag: "none",
    lasso: (loop) => scores && choose(plot, loop, scores, store),
  });
  plot.figure.hidden = true;
  const show = () => {
    if (!scores) return;
    plot.show(axisOf("first", scores, 0), axisOf("second", scores, 1));
    plot.say("");
  };
  let abort = new AbortController();
  const fetch = settled(100, () => {
    abort.abort();
    abort = new AbortController();
    const { door } = store;
    if (!store.table.isSorted) return;
    door?.components(abort.signal).then((found) => {
      if (store.door !== door) return;
      scores = found;
      show();
    }, complain);
  });
  let known = [0, 0];
  store.on(["recording"], () => (scores = null));
  store.on(["spikes", "rows"], (changed) => {
    plot.figure.hidden = !store.table.isSorted;
    const now = [store.table.rebuilt, store.table.spikes().length];
    if (changed.has("spikes") || now[0] !== known[0] || now[1]! > known[1]!) fetch();
    known = now;
  });
  store.on(["theme"], show);
  store.on(["rows", "selection", "shown"], () => plot.u?.redraw(false));
  return plot;
}

function axisOf(label: string, scores: Waveforms, which: 0 | 1) {
  const values = scores.values.filter((_, k) => k % 2 === which);
  const [low, high] = values.length ? extent(values) : [0, 1];
  const room = (high - low || 1) * 0.05;
  return { label, unit: "V", low: low - room, high: high + room };
}

function drawDots(u: uPlot, scores: Waveforms, store: Store): void {
  const { kinds, select } = palette();
  const size = Math.max(2, Math.round((scores.ids.length > 5000 ? 1.5 : 3) * devicePixelRatio));
  const [x0, y0] = [u.valToPos(0, "x", true), u.valToPos(0, "y", true)];
  const [dx, dy] = [u.valToPos(1, "x", true) - x0, u.valToPos(1, "y", true) - y0];
  const dot = (k: number, side: number) =>
    u.ctx.fillRect(x0 + scores.values[2 * k]! * dx - side / 2, y0 + scores.values[2 * k + 1]! * dy - side / 2, side, side);
  const chosen: number[] = [];
  for (let k = 0; k < scores.ids.length; k += 1) {
    const id = scores.ids[k]!;
    const row = store.table.indexOf(id);
    if (row < 0 || !store.isPlotted(row)) continue;
    u.ctx.fillStyle = kinds[store.table.kinds[row]!]!;
    dot(k, size);
    if (store.selected.has(id) || store.current === id) chosen.push(k);
  }
  u.ctx.fillStyle = select;
  for (const k of chosen) dot(k, size + 1);
}

function choose(plot: SidePlot, loop: Point[], scores: Waveforms, store: Store): void {
  const { u } = plot;
  if (!u) return;
  const ids: number[] = [];
  for (let k = 0; k < scores.ids.length; k += 1) {
    const row = store.table.indexOf(scores.ids[k]!);
    const at: Point = [u.valToPos(scores.values[2 * k]!, "x"), u.valToPos(scores.values[2 * k + 1]!, "y")];
    if (row >= 0 && store.isPlotted(row) && holds(loop, at)) ids.push(scores.ids[k]!);
  }
  selectMany(store, ids);
}

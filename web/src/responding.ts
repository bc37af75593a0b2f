/** Spikes around events: a raster with a row for each event, and the rate over all of them. */

import type uPlot from "uplot";
import { around } from "./around";
import { el, option } from "./dom";
import { palette } from "./palette";
import { BLANK } from "./walls";
import { drawBars, drawUpright, SidePlot } from "./plots/frame";
import type { Store } from "./store";

export function responding(panel: HTMLElement, store: Store): void {
  const which = el("select", { "aria-label": "Which events" });
  const before = el("input", { type: "number", value: "0.1", min: "0", step: "any", "aria-label": "seconds before" });
  const after = el("input", { type: "number", value: "0.4", min: "0", step: "any", "aria-label": "seconds after" });
  const bin = el("input", { type: "number", value: "10", min: "0.1", step: "any", "aria-label": "bin in ms" });
  const raster = new SidePlot("Raster", { draw: (u) => drawRaster(u, store), drag: "none" });
  const rate = new SidePlot("Rate", { draw: (u) => drawRate(u, store), drag: "none" });
  const ask = () => {
    const events = (store.facts?.events ?? []).filter((e) => (which.value ? e.label === which.value : e.label !== BLANK));
    const spikes = Float64Array.from(store.table.spikes(), (row) => store.table.samples[row]!);
    const window = { before: Number(before.value), after: Number(after.value), bin: Number(bin.value) / 1000 };
    store.responses = around(events.map((e) => e.start), spikes, { sweeps: store.sweeps, walls: store.walls }, window);
    show(raster, rate, store);
  };
  store.on(["recording"], () => {
    const labels = new Set((store.facts?.events ?? []).map((e) => e.label));
    which.replaceChildren(option("", "all events"), ...[...labels].sort().map((label) => option(label)));
    store.responses = null;
    raster.figure.hidden = rate.figure.hidden = true;
  });
  store.on(["theme"], () => show(raster, rate, store));
  // What is drawn is of the spikes as they are now.
  store.on(["spikes", "rows"], () => store.responses && ask());
  const draw = el("button", { type: "button", className: "primary", onclick: ask }, "Draw");
  panel.append(
    el("div", { className: "line" }, el("label", {}, "Events ", which)),
    field("Before", before, "s"),
    field("After", after, "s"),
    field("Bin", bin, "ms"),
    el("div", { className: "line" }, draw),
    raster.figure,
    rate.figure,
    excluded(store),
  );
}

function field(name: string, input: HTMLInputElement, unit: string): HTMLElement {
  return el("div", { className: "field" }, el("span", {}, name), el("span", {}, input, " ", el("span", { className: "unit" }, unit)));
}

function show(raster: SidePlot, rate: SidePlot, store: Store): void {
  const found = store.responses;
  if (!found || found.edges.length < 2) return;
  raster.figure.hidden = rate.figure.hidden = false;
  const x = { label: "from the event", unit: "s", low: found.edges[0]!, high: found.edges[found.edges.length - 1]! };
  raster.show(x, { label: "event", unit: "", isCount: true, low: -0.5, high: Math.max(1, found.n_events) - 0.5 });
  rate.show(x, { label: "rate", unit: "Hz", low: 0, high: Math.max(...found.rate.filter(Number.isFinite), 1) * 1.08 });
  raster.say(`${found.n_events} events, ${found.times.length} spikes`);
  rate.say(`mean over events${found.rate.every(Number.isFinite) ? "" : "; gaps: not observed"}`);
}

function drawRaster(u: uPlot, store: Store): void {
  const found = store.responses;
  if (!found) return;
  drawUpright(u, 0, palette().mark);
  u.ctx.fillStyle = palette().spike;
  const tall = Math.max(1.5, Math.min(10, (u.bbox.height / Math.max(1, found.n_events)) * 0.8));
  found.times.forEach((t, k) => u.ctx.fillRect(u.valToPos(t, "x", true) - 0.75, u.valToPos(found.trials[k]!, "y", true) - tall / 2, 1.5, tall));
}

function drawRate(u: uPlot, store: Store): void {
  const found = store.responses;
  if (!found) return;
  drawBars(u, Float64Array.from(found.edges), Float64Array.from(found.rate), palette().spike);
  drawUpright(u, 0, palette().mark);
}

/** Stretches left out, each with a way to take it back in. */
function excluded(store: Store): HTMLElement {
  const list = el("div");
  store.on(["spikes", "rows"], () => list.replaceChildren(...excludedRows(store)));
  return list;
}

function excludedRows(store: Store): HTMLElement[] {
  const rows = store.table.excluded.map(({ start, stop, reason }) => {
    const words = `${(start / store.rate).toFixed(3)} to ${(stop / store.rate).toFixed(3)} s: ${reason || "no reason given"} `;
    const back = () => document.dispatchEvent(new CustomEvent("include", { detail: { start, stop } }));
    return el("li", {}, words, el("button", { type: "button", onclick: back }, "Take in"));
  });
  return rows.length ? [el("hr"), el("h2", {}, "Left out"), el("ul", {}, ...rows)] : [];
}

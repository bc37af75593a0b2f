/** The keys, each with its words: one list for what they do and for what is told of them. */

import { addSpike, edit, goToRow, judge, setKind, stepDoubtful, stepSpike, stepWalk, turn } from "./actions";
import { byId, el, openDialog } from "./dom";
import { mergeTicked, splitSelected } from "./grouping";
import { giveLabel } from "./labelling";
import { showSample } from "./overview";
import { scaleLane } from "./pointer";
import { panned, sweepAt, zoomed } from "./range";
import type { Store } from "./store";

interface Key {
  keys: string[];
  shown: string;
  words: string;
  run: (store: Store, event: KeyboardEvent) => void;
}

const pan = (share: number) => (store: Store) => {
  store.range = panned(store.range, share * (store.range.stop - store.range.start), store.extent);
  store.touch("view");
};

/** Zooms about the spike at hand when it is in view, else about the middle. */
export function zoomBy(store: Store, factor: number): void {
  const { start, stop } = store.range;
  const row = store.currentRow;
  const at = row >= 0 ? store.table.samples[row]! - store.offsetOf(store.sweep) : Number.NaN;
  store.range = zoomed(store.range, at >= start && at < stop ? at : (start + stop) / 2, factor, store.extent);
  store.touch("view");
}

export function showWhole(store: Store): void {
  store.range = { start: 0, stop: store.extent };
  store.touch("view");
}

/** Moves the spike at hand by samples, off its peak if need be. */
function nudge(store: Store, by: number): void {
  const row = store.currentRow;
  if (row < 0) return;
  void edit(store, [{ do: "move", id: store.current, to: store.table.samples[row]! + by, exact: true }], "spike moved");
}

function sweepBy(store: Store, by: number): void {
  const last = store.sweeps.bounds.length - 2;
  const { start, stop } = store.range;
  const isChained = store.mode === "chained";
  const here = isChained ? sweepAt(store.sweeps.bounds, (start + stop) / 2) : store.sweep;
  store.sweep = Math.min(last, Math.max(0, here + by));
  const [from, to] = [store.sweeps.bounds[store.sweep]!, store.sweeps.bounds[store.sweep + 1]!];
  if (isChained && stop - start > to - from) store.range = { start: from, stop: to };
  else if (isChained) showSample(store, (from + to) / 2);
  store.touch("view");
}

const KEYS: Key[] = [
  { keys: ["n"], shown: "n", words: "next spike", run: (s) => stepSpike(s, 1) },
  { keys: ["p"], shown: "p", words: "previous spike", run: (s) => stepSpike(s, -1) },
  { keys: ["x", "Delete"], shown: "x", words: "reject", run: (s) => void judge(s, "reject") },
  { keys: ["y"], shown: "y", words: "accept", run: (s) => void judge(s, "accept") },
  { keys: ["a"], shown: "a", words: "add at the pointer, or in the middle", run: (s) => void addSpike(s) },
  { keys: [..."123456789"], shown: "1 – 9", words: "kind", run: (s, e) => void setKind(s, e.key) },
  { keys: ["u"], shown: "u", words: "next most doubtful", run: (s) => stepDoubtful(s) },
  { keys: ["l"], shown: "l", words: "label: a spike; then the next", run: (s) => void giveLabel(s, "spike") },
  { keys: ["k"], shown: "k", words: "label: none; then the next", run: (s) => void giveLabel(s, "noise") },
  { keys: ["w"], shown: "w", words: "next of the list that is walked", run: (s) => s.walk && stepWalk(s, s.walk) },
  { keys: ["m"], shown: "m", words: "merge the ticked units", run: (s) => mergeTicked(s, "unit", s.ticked) },
  { keys: ["s"], shown: "s", words: "split: the selection becomes a new unit", run: (s) => splitSelected(s) },
  { keys: ["z"], shown: "z", words: "undo", run: (s) => void turn(s, "undo") },
  { keys: ["Z"], shown: "shift + z", words: "redo", run: (s) => void turn(s, "redo") },
  { keys: ["g"], shown: "g", words: "go to a time", run: () => byId<HTMLInputElement>("goto").select() },
  { keys: ["ArrowLeft"], shown: "← →", words: "pan", run: pan(-0.1) },
  { keys: ["ArrowRight"], shown: "", words: "", run: pan(0.1) },
  { keys: ["PageUp"], shown: "page", words: "pan by a whole view", run: pan(-0.9) },
  { keys: ["PageDown"], shown: "", words: "", run: pan(0.9) },
  { keys: ["ArrowUp", "+", "="], shown: "↑ ↓", words: "zoom", run: (s) => zoomBy(s, 0.7) },
  { keys: ["ArrowDown", "-"], shown: "", words: "", run: (s) => zoomBy(s, 1 / 0.7) },
  { keys: ["shift+ArrowUp"], shown: "shift + ↑ ↓", words: "scale of values", run: (s) => scaleLane(s, s.mainTrace, 0.8) },
  { keys: ["shift+ArrowDown"], shown: "", words: "", run: (s) => scaleLane(s, s.mainTrace, 1.25) },
  { keys: ["alt+ArrowLeft"], shown: "alt + ← →", words: "move the spike by a sample", run: (s) => nudge(s, -1) },
  { keys: ["alt+ArrowRight"], shown: "", words: "", run: (s) => nudge(s, 1) },
  { keys: ["["], shown: "[ ]", words: "sweep before, sweep after", run: (s) => sweepBy(s, -1) },
  { keys: ["]"], shown: "", words: "", run: (s) => sweepBy(s, 1) },
  { keys: ["Home"], shown: "home, end", words: "first, last spike", run: (s) => ends(s, 0) },
  { keys: ["End"], shown: "", words: "", run: (s) => ends(s, -1) },
  { keys: ["0"], shown: "0", words: "the whole recording", run: showWhole },
  { keys: ["Escape"], shown: "esc", words: "select nothing", run: clear },
  { keys: ["?"], shown: "?", words: "this list", run: () => tellKeys() },
];

function ends(store: Store, at: 0 | -1): void {
  const row = store.table.spikes().at(at);
  if (row !== undefined) goToRow(store, row);
}

function clear(store: Store): void {
  store.selected.clear();
  store.current = -1;
  store.asked = null;
  store.touch("selection");
}

export function tellKeys(): void {
  const told = KEYS.filter((k) => k.words).map((k) => el("div", {}, el("kbd", {}, k.shown), el("span", {}, k.words)));
  const mouse = "Wheel: zoom at the pointer. Shift + wheel: scale of values. Drag: pan, or move a spike or the cutoff. "
    + "Double click: values as at first. In the plots: drag over a range, or draw around waveforms or dots, to select; with the focus in a plot, arrows move a crosshair and enter sets corners. In the table: shift and a click, or shift and the arrows.";
  const close = el("button", { type: "button", className: "primary", onclick: () => byId<HTMLDialogElement>("dialog").close() }, "Close");
  openDialog("Keys", el("div", { className: "keylist" }, ...told), el("p", { className: "said" }, mouse), el("div", { className: "line" }, close));
}

const WRITES = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** Whether a key belongs to the control that has the focus and not to the page. */
function isTheirs(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  const box = target as HTMLInputElement;
  if (WRITES.has(target.tagName) && box.type !== "checkbox" && box.type !== "radio") return true;
  const moves = event.key.startsWith("Arrow") || event.key.startsWith("Page") || event.key === "Home" || event.key === "End";
  const isSideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
  if (isSideways && target.closest('[role="tablist"]')) return true;
  return moves && target.closest(".scroll, [role=tabpanel], details") !== null;
}

export function listenToKeys(store: Store): void {
  document.addEventListener("keydown", (event) => {
    if (byId<HTMLDialogElement>("dialog").open || event.ctrlKey || event.metaKey || isTheirs(event)) return;
    const arrows = event.key.startsWith("Arrow");
    const name = `${event.altKey ? "alt+" : ""}${event.shiftKey && arrows ? "shift+" : ""}${event.key}`;
    const found = KEYS.find((k) => k.keys.includes(name));
    if (!found || !store.facts) return;
    event.preventDefault();
    found.run(store, event);
  });
}

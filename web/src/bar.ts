/** The controls over the trace. */

import { edit } from "./actions";
import { byId, el, openDialog, say } from "./dom";
import { filtering } from "./filtering";
import { showWhole, zoomBy } from "./keys";
import { showSample } from "./overview";
import { sampleAt } from "./range";
import { readClock } from "./si";
import type { Mode, Store } from "./store";

export function bar(store: Store): void {
  byId<HTMLFormElement>("bar").addEventListener("submit", (event) => {
    event.preventDefault();
    goTo(store);
  });
  byId("in").addEventListener("click", () => zoomBy(store, 0.5));
  byId("out").addEventListener("click", () => zoomBy(store, 2));
  byId("whole").addEventListener("click", () => showWhole(store));
  byId("exclude").addEventListener("click", () => exclude(store));
  const mode = byId<HTMLSelectElement>("mode");
  mode.addEventListener("change", () => setMode(store, mode.value as Mode));
  filtering(store);
  store.on(["recording"], () => begin(store, mode));
}

function begin(store: Store, mode: HTMLSelectElement): void {
  mode.value = store.mode;
  mode.disabled = store.sweeps.bounds.length < 3;
  fillLanes(store);
}

function setMode(store: Store, mode: Mode): void {
  const middle = (store.range.start + store.range.stop) / 2 + store.offsetOf(store.sweep);
  const row = store.currentRow;
  store.mode = mode;
  if (mode === "chained") showSample(store, middle);
  else {
    showSample(store, row >= 0 ? store.table.samples[row]! : middle);
    store.range = { start: 0, stop: store.extent };
  }
  store.touch("view", "lanes");
}

/** Boxes for what the trace shows: channels, the stimulus, events. */
function fillLanes(store: Store): void {
  const list = byId("lanes").querySelector("div")!;
  const channels = (store.facts?.channels ?? []).map((c) => laneBox(store, String(c.index), `${c.name} (${c.stated_unit || c.unit})`));
  const { stimulus } = store.facts ?? { stimulus: null };
  const told = stimulus ? [laneBox(store, "stimulus", `stimulus ${stimulus.name} (${stimulus.origin})`)] : [];
  const events = el("input", { type: "checkbox", checked: store.showEvents });
  events.addEventListener("change", () => {
    store.showEvents = events.checked;
    store.touch("lanes");
  });
  list.replaceChildren(...channels, ...told, el("label", {}, events, `events (${store.facts?.events.length ?? 0})`));
}

function laneBox(store: Store, trace: string, words: string): HTMLElement {
  const box = el("input", { type: "checkbox", checked: store.shown.has(trace), disabled: trace === store.mainTrace });
  box.addEventListener("change", () => {
    if (box.checked) store.shown.add(trace);
    else store.shown.delete(trace);
    store.touch("lanes");
  });
  return el("label", {}, box, words);
}

function goTo(store: Store): void {
  const input = byId<HTMLInputElement>("goto");
  const seconds = readClock(input.value);
  if (seconds === null) return say(`"${input.value}" is no time; write seconds (12.5) or m:ss (3:07.5)`, true);
  const sample = sampleAt(store.sweeps, seconds);
  store.cursor = sample;
  showSample(store, sample);
  say(`at ${seconds} s`);
  byId("trace").focus();
}

/** Asks for a reason, then leaves the stretch in view out of everything that is counted. */
function exclude(store: Store): void {
  if (!store.facts) return;
  const reason = el("input", { id: "reason", size: 30, required: true, placeholder: "such as: electrode lost" });
  const offset = store.offsetOf(store.sweep);
  const [start, stop] = [Math.max(0, Math.floor(store.range.start + offset)), Math.min(store.n, Math.ceil(store.range.stop + offset))];
  const form = el("form", {}, el("p", {}, el("label", { htmlFor: "reason" }, "Why is the stretch in view to be left out? "), reason));
  const dialog = openDialog("Leave out what is in view", form);
  const close = el("button", { type: "button", onclick: () => dialog.close() }, "Close");
  form.append(el("div", { className: "line" }, el("button", { type: "submit", className: "primary" }, "Leave out"), close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    void edit(store, [{ do: "exclude", start, stop, reason: reason.value.trim() }], "left out; z takes it back");
  });
  reason.focus();
}

/** The panel of kinds and units: each with its colour, name and figures; named, merged and split here. */

import { complain, edit, selectMany } from "./actions";
import { intervals } from "./bins";
import type { UnitRow } from "./contract";
import { el, option, say, settled } from "./dom";
import { palette } from "./palette";
import { refractoryOf } from "./plots/side";
import { counted, digits, withUnit } from "./si";
import { kindCode, unitCode } from "./spikes";
import type { Store } from "./store";

type Of = "kind" | "unit";

/** What is shown of a kind or a unit. */
interface Group {
  number: number;
  n: number;
  /** Intervals shorter than the refractory period, as a share. */
  short: number;
}

/** Kinds or units in the table, by number. */
export function groupsOf(store: Store, of: Of): Group[] {
  const { table } = store;
  const counts = new Map<number, number>();
  // A kind may have been given to what is no spike (yet): it is listed, with the spikes that it has.
  for (let row = 0; row < table.length; row += 1) {
    const number = of === "unit" ? table.unitOf(row) : Number(table.text("kind", row) || -1);
    if (number >= 0) counts.set(number, (counts.get(number) ?? 0) + Number(table.isSpike(row)));
  }
  const short = of === "unit" ? shortIntervals(store) : new Map<number, number>();
  return [...counts].sort(([a], [b]) => a - b).map(([number, n]) => ({ number, n, short: (short.get(number) ?? 0) / Math.max(1, n - 1) }));
}

function shortIntervals(store: Store): Map<number, number> {
  const { values, rows } = intervals(store.table, store.rate, store.walls);
  const least = refractoryOf(store);
  const short = new Map<number, number>();
  for (let k = 0; k < values.length; k += 1) {
    if (values[k]! >= least) continue;
    const unit = store.table.unitOf(rows[k]!);
    short.set(unit, (short.get(unit) ?? 0) + 1);
  }
  return short;
}

export function grouping(panel: HTMLElement, store: Store): void {
  // Counting takes time, and an edit is to be drawn at once: only what is in sight is counted.
  const isSeen = () => !panel.hidden;
  const units = el("section", {}, ...unitPart(store, isSeen), el("hr"));
  panel.append(units, ...kindPart(store, isSeen));
  store.on(["spikes"], () => (units.hidden = !store.table.isSorted));
}

const button = (text: string, run: () => void, className = "") => el("button", { type: "button", className, onclick: run }, text);

function rename(store: Store, of: Of, number: number, input: HTMLInputElement): void {
  const name = input.value.trim();
  const before = nameOf(store, of, number);
  if (name === before) return;
  const words = name ? `${of} ${number} is called ${name}` : `${of} ${number} has no name`;
  const made = of === "unit" ? ({ do: "name_unit", unit: number, name } as const) : ({ do: "name_kind", kind: number, name } as const);
  // A name that was refused is not left standing.
  void edit(store, [made], words).then(() => (input.value = nameOf(store, of, number)));
}

function nameOf(store: Store, of: Of, number: number): string {
  const { kinds, units } = store.table.called;
  return (of === "unit" ? units : kinds)[String(number)] ?? "";
}

/** Merges what is ticked into the lowest number of it. */
export function mergeTicked(store: Store, of: Of, ticked: ReadonlySet<number>): void {
  const there = new Set(groupsOf(store, of).map((g) => g.number));
  const [into, ...others] = [...ticked].filter((number) => there.has(number)).sort((a, b) => a - b);
  if (into === undefined || !others.length) return say(`tick two ${of}s at least, to merge them`, true);
  const made = of === "unit" ? ({ do: "merge_units", units: others, into } as const) : ({ do: "merge_kinds", kinds: others, into } as const);
  void edit(store, [made], `${of}s ${others.join(", ")} are part of ${of} ${store.table.nameOf(of, into)} now`);
}

/** Puts the selected spikes into a unit: a new one unless one is named. */
export function splitSelected(store: Store, unit?: number): void {
  const ids = store.targets;
  if (!store.table.isSorted) return say("sort the spikes into units first, under Detect", true);
  if (!ids.length) return say("select spikes first: draw around them in a plot", true);
  const before = new Set(groupsOf(store, "unit").map((g) => g.number));
  const made = { do: "unit", ids, ...(unit === undefined ? {} : { unit }) } as const;
  void edit(store, [made], `${counted(ids.length, "spike")} put into ${unit === undefined ? "a new unit" : `unit ${store.table.nameOf("unit", unit)}`}`).then(() => {
    const now = groupsOf(store, "unit").find((g) => !before.has(g.number));
    if (now) store.ticked.add(now.number);
    store.touch("shown");
  });
}

function table(caption: string, heads: string[]): { place: HTMLElement; body: HTMLElement } {
  const body = el("tbody");
  const head = el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)));
  return { place: el("table", { className: "groups", "aria-label": caption }, el("thead", {}, head), body), body };
}

function rowOf(store: Store, of: Of, { number, n }: Group, ticked: Set<number>, told: string[]): HTMLElement {
  const box = el("input", { type: "checkbox", checked: ticked.has(number), "aria-label": `${of} ${number}` });
  box.addEventListener("change", () => {
    if (box.checked) ticked.add(number);
    else ticked.delete(number);
    store.touch("shown");
  });
  const dot = el("span", { className: "dot full" });
  dot.style.color = palette().kinds[of === "unit" ? unitCode(number) : kindCode(String(number))]!;
  const name = el("input", { type: "text", size: 8, maxLength: 60, value: nameOf(store, of, number), "aria-label": `name of ${of} ${number}`, placeholder: "name" });
  name.addEventListener("change", () => rename(store, of, number, name));
  const go = el("button", { type: "button", className: "plain", title: `Select the spikes of ${of} ${number}`, onclick: () => selectGroup(store, of, number) }, n.toLocaleString("en"));
  const cells = [el("span", {}, box, dot, ` ${number}`), name, go, ...told];
  return el("tr", {}, ...cells.map((cell) => el("td", {}, cell)));
}

function selectGroup(store: Store, of: Of, number: number): void {
  const { table: spikes } = store;
  const is = (row: number) => (of === "unit" ? spikes.unitOf(row) === number : spikes.text("kind", row) === String(number));
  selectMany(store, Array.from(spikes.spikes().filter(is), (row) => spikes.ids[row]!));
}

function unitPart(store: Store, isSeen: () => boolean): HTMLElement[] {
  const { place, body } = table("Units", ["unit", "name", "n", "short", "SNR", "proposed"]);
  const note = el("p", { className: "said", id: "units-note" });
  const into = el("select", { "aria-label": "unit to put the selection into" });
  let quality = new Map<number, UnitRow>();
  let isStale = true;
  const show = () => {
    if (!store.table.isSorted || !isSeen()) return;
    const groups = groupsOf(store, "unit");
    for (const unit of store.ticked) if (!groups.some((g) => g.number === unit)) store.ticked.delete(unit);
    body.replaceChildren(...groups.map((g) => {
      const known = quality.get(g.number);
      return rowOf(store, "unit", g, store.ticked, [`${digits(100 * g.short, 2)} %`, known ? digits(known.snr ?? Number.NaN, 3) : "…", known?.proposal ?? ""]);
    }));
    into.replaceChildren(option("", "a new unit"), ...groups.map((g) => option(String(g.number), `unit ${store.table.nameOf("unit", g.number)}`)));
    note.textContent = `Short: intervals under ${withUnit(refractoryOf(store), "s", 2)}, which one neuron cannot have. SNR and what a unit is proposed to be are of its waveforms, as spikelens sort tells them.`;
  };
  let abort = new AbortController();
  const measure = settled(400, () => {
    abort.abort();
    abort = new AbortController();
    const { door } = store;
    if (!door || !store.table.isSorted || !isSeen()) return;
    isStale = false;
    door.units(abort.signal).then((rows) => {
      if (store.door !== door) return;
      quality = new Map(rows.map((row) => [row.unit_id, row]));
      show();
    }, complain);
  });
  store.on(["spikes", "rows", "theme", "panel", "shown"], (changed) => {
    if (changed.has("spikes")) quality = new Map();
    if (changed.has("rows") || changed.has("spikes")) isStale = true;
    show();
    if (isStale) measure();
  });
  const only = el("input", { type: "checkbox", id: "only-ticked" });
  only.addEventListener("change", () => {
    store.onlyTicked = only.checked;
    store.touch("shown");
  });
  store.on(["recording"], () => (only.checked = store.onlyTicked));
  return [
    el("h2", {}, "Units"),
    place,
    el("div", { className: "line" }, button("Merge ticked (m)", () => mergeTicked(store, "unit", store.ticked), "primary"), el("label", {}, only, "Plot only the ticked")),
    el("div", { className: "line" }, button("Put selection into (s)", () => splitSelected(store, into.value === "" ? undefined : Number(into.value))), into),
    note,
  ];
}

function kindPart(store: Store, isSeen: () => boolean): HTMLElement[] {
  const ticked = new Set<number>();
  const { place, body } = table("Kinds", ["kind", "name", "n"]);
  const none = el("p", { className: "said" }, "No kinds yet: 1 to 9 give one to the selected spikes.");
  const merge = button("Merge ticked", () => mergeTicked(store, "kind", ticked));
  store.on(["spikes", "rows", "theme", "panel"], () => {
    if (!isSeen()) return;
    const groups = groupsOf(store, "kind");
    for (const kind of ticked) if (!groups.some((g) => g.number === kind)) ticked.delete(kind);
    place.hidden = merge.hidden = !groups.length;
    none.hidden = groups.length > 0;
    body.replaceChildren(...groups.map((g) => rowOf(store, "kind", g, ticked, [])));
  });
  return [el("h2", {}, "Kinds"), none, place, el("div", { className: "line" }, merge)];
}

/** The table of spikes: only the rows in view are in the page, however many there are. */

import { complain, goToRow, select } from "./actions";
import { el, option } from "./dom";
import { palette } from "./palette";
import { digits, prefixFor } from "./si";
import { REJECTED, STATES, type SpikeTable } from "./spikes";
import type { Store } from "./store";

const ROW = 24;
const FIRST = ["time", "unit_id", "height", "probability", "kind", "label"];
const NEVER = new Set(["id", "excluded", "by_method", "state", "author", "sample_index", "channel", "channel_index"]);
const FILTERS = ["spikes", "all", "rejected", "candidates", "selected", "doubtful"] as const;
type Filter = (typeof FILTERS)[number];

interface Kept {
  store: Store;
  chosen: string[];
  sort: string;
  down: boolean;
  filter: Filter;
  rows: Int32Array;
  /** Every row in the order asked for, kept while the table's rows stay the same. */
  order: { table: SpikeTable; length: number; key: string; rows: Int32Array } | null;
  scroll: HTMLElement;
  head: HTMLElement;
  body: HTMLElement;
  count: HTMLElement;
  scales: Map<string, [number, string]>;
}

export function listing(panel: HTMLElement, store: Store): void {
  const scroll = el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Table of spikes" });
  const head = el("thead");
  const body = el("tbody");
  const count = el("p", { className: "said" });
  const kept: Kept = {
    store, chosen: FIRST, sort: "time", down: false, filter: "spikes", rows: new Int32Array(0), order: null, scroll, head, body, count,
    scales: new Map(),
  };
  scroll.append(el("table", { "aria-label": "Spikes" }, head, body));
  panel.classList.add("filled");
  panel.append(controls(kept), count, scroll);
  count.classList.add("line");
  scroll.addEventListener("scroll", () => draw(kept));
  new ResizeObserver(() => draw(kept)).observe(scroll);
  store.on(["spikes"], () => {
    kept.order = null;
    scaleAll(kept);
    drawHead(kept);
    refresh(kept);
    void fetchLacking(kept).then(() => drawHead(kept), complain);
  });
  store.on(["rows", "selection"], (changed) => {
    if (changed.has("rows") || kept.filter === "selected") choose(kept);
    if (changed.has("selection")) follow(kept);
    draw(kept);
  });
  scroll.addEventListener("keydown", (event) => step(event, kept));
}

function controls(kept: Kept): HTMLElement {
  const filter = el("select", { "aria-label": "Which rows" }, ...FILTERS.map((f) => option(f)));
  filter.addEventListener("change", () => {
    kept.filter = filter.value as Filter;
    refresh(kept);
  });
  const list = el("div");
  const menu = el("details", { className: "menu right" }, el("summary", {}, "Columns"), list);
  menu.addEventListener("toggle", () => {
    const names = kept.store.table.names.filter((n) => !NEVER.has(n));
    list.replaceChildren(...names.map((name) => columnBox(kept, name)));
  });
  return el("div", { className: "line" }, el("label", {}, "Show ", filter), menu);
}

function columnBox(kept: Kept, name: string): HTMLElement {
  const box = el("input", { type: "checkbox", checked: kept.chosen.includes(name) });
  box.addEventListener("change", () => {
    kept.chosen = box.checked ? [...kept.chosen, name] : kept.chosen.filter((c) => c !== name);
    void fetchLacking(kept).then(() => {
      scaleAll(kept);
      drawHead(kept);
      draw(kept);
    }, complain);
  });
  return el("label", {}, box, name.replaceAll("_", " "));
}

/** Fetches chosen columns that the table has not got yet. */
async function fetchLacking({ store, chosen }: Kept): Promise<void> {
  const { table, door } = store;
  const lacking = chosen.filter((name) => table.names.includes(name) && table.lacks(name));
  if (!door || !lacking.length) return;
  const { columns } = await door.spikes(["id", ...lacking]);
  for (const name of lacking) table.add(name, columns["id"] ?? [], columns[name] ?? []);
}

function columnsOf(kept: Kept): string[] {
  return kept.chosen.filter((name) => !kept.store.table.lacks(name));
}

/** One prefix for a whole column, by its largest value. */
function scaleAll(kept: Kept): void {
  const { table } = kept.store;
  kept.scales.clear();
  for (const name of table.names) {
    const unit = table.units[name] ?? "";
    if (!table.number(name) || name === "time" || name === "time_in_sweep") continue;
    const [low, high] = table.extentOf(name);
    kept.scales.set(name, prefixFor(Math.max(Math.abs(low), Math.abs(high)), unit));
  }
}

function drawHead(kept: Kept): void {
  const cells = columnsOf(kept).map((name) => {
    const unit = name === "time" ? "s" : kept.scales.get(name)?.[1];
    const arrow = kept.sort === name ? (kept.down ? " ↓" : " ↑") : "";
    const words = name.replaceAll("_", " ").replace("probability", "prob.").replace("unit id", "unit");
    const button = el("button", { type: "button" }, `${words}${unit ? ` (${unit})` : ""}${arrow}`);
    button.addEventListener("click", () => sortBy(kept, name));
    const sorted = kept.sort === name ? (kept.down ? "descending" : "ascending") : "none";
    return el("th", { scope: "col", "aria-sort": sorted }, button);
  });
  kept.head.replaceChildren(el("tr", {}, el("th", { scope: "col" }, el("span", { className: "hidden" }, "state")), ...cells));
}

function sortBy(kept: Kept, name: string): void {
  kept.down = kept.sort === name ? !kept.down : false;
  kept.sort = name;
  kept.order = null;
  drawHead(kept);
  refresh(kept);
}

function orderOf(kept: Kept): Int32Array {
  const { table } = kept.store;
  const key = `${kept.sort}${kept.down}`;
  const known = kept.order;
  if (known && known.table === table && known.length === table.length && known.key === key) return known.rows;
  const rows = Int32Array.from({ length: table.length }, (_, k) => k);
  const numbers = table.number(kept.sort);
  const sign = kept.down ? -1 : 1;
  if (numbers && kept.sort !== "time") rows.sort((a, b) => sign * compare(numbers[a]!, numbers[b]!));
  else if (!numbers) rows.sort((a, b) => sign * table.text(kept.sort, a).localeCompare(table.text(kept.sort, b)));
  else if (kept.down) rows.reverse();
  kept.order = { table, length: table.length, key, rows };
  return rows;
}

/** By size, what is no number last. */
function compare(a: number, b: number): number {
  if (a !== a || b !== b) return Number(a !== a) - Number(b !== b);
  return a - b;
}

/** Chooses the rows anew, and draws them. */
function refresh(kept: Kept): void {
  choose(kept);
  draw(kept);
}

function choose(kept: Kept): void {
  const { store } = kept;
  const { table } = store;
  const doubtful = kept.filter === "doubtful" ? new Set(table.doubtful()) : null;
  const wanted: Record<Filter, (row: number) => boolean> = {
    spikes: (row) => table.isSpike(row),
    all: () => true,
    rejected: (row) => table.states[row] === REJECTED,
    candidates: (row) => table.states[row]! > REJECTED,
    selected: (row) => store.selected.has(table.ids[row]!),
    doubtful: (row) => doubtful!.has(row),
  };
  const isPlain = kept.filter === "spikes" && kept.sort === "time" && !kept.down;
  kept.rows = isPlain ? table.spikes() : orderOf(kept).filter(wanted[kept.filter]);
  kept.count.classList.toggle("bad", table.error !== "");
  if (table.error) return void (kept.count.textContent = table.error);
  const n = kept.rows.length.toLocaleString("en");
  kept.count.textContent = `${n} ${kept.filter === "all" ? "rows" : kept.filter}${table.method ? `, by ${table.method}` : ""}`;
}

function draw(kept: Kept): void {
  const { scroll, body, rows, store } = kept;
  const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - 4);
  const most = Math.ceil((scroll.clientHeight || 400) / ROW) + 8;
  const last = Math.min(rows.length, first + most);
  const names = columnsOf(kept);
  const pad = (height: number) => {
    const cell = el("td", { colSpan: names.length + 1 });
    cell.style.height = `${height}px`;
    return el("tr", { className: "pad", "aria-hidden": "true" }, cell);
  };
  const drawn = Array.from(rows.subarray(first, last), (row) => rowOf(kept, row, names, store));
  body.replaceChildren(pad(first * ROW), ...drawn, pad((rows.length - last) * ROW));
}

function rowOf(kept: Kept, row: number, names: string[], store: Store): HTMLElement {
  const { table } = store;
  const id = table.ids[row]!;
  const state = STATES[table.states[row]!]!;
  const marks = [state, store.selected.has(id) ? "chosen" : "", store.current === id ? "current" : ""];
  const dot = el("span", { className: `dot ${table.isSpike(row) ? "full" : ""}`, title: state });
  dot.style.color = state === "rejected" ? palette().mark : table.isSpike(row) ? palette().kinds[table.kinds[row]!]! : palette().rest;
  const first = el("td", {}, dot, el("span", { className: "hidden" }, state));
  const made = el("tr", { className: marks.filter(Boolean).join(" "), "aria-current": store.current === id });
  made.append(first, ...names.map((name) => el("td", {}, textOf(kept, name, row))));
  made.addEventListener("click", (event) => {
    if (event.shiftKey || event.ctrlKey || event.metaKey) select(store, id, true);
    else goToRow(store, row);
  });
  return made;
}

function textOf(kept: Kept, name: string, row: number): string {
  const value = kept.store.table.cell(name, row);
  if (name === "kind" && value) return kept.store.table.nameOf("kind", value);
  if (typeof value === "string") return value;
  if (name === "unit_id") return value === value ? kept.store.table.nameOf("unit", value) : "";
  if (value !== value) return "";
  if (name === "time" || name === "time_in_sweep") return value.toFixed(5);
  if (name === "probability") return value.toFixed(3);
  return digits(value / (kept.scales.get(name)?.[0] ?? 1), 4);
}

/** Scrolls the spike at hand into view. */
function follow(kept: Kept): void {
  const { scroll, rows, store } = kept;
  const row = store.currentRow;
  const at = row < 0 ? -1 : rows.indexOf(row);
  if (at < 0) return;
  const top = at * ROW;
  const room = scroll.clientHeight - ROW * 2;
  if (top < scroll.scrollTop || top > scroll.scrollTop + room) scroll.scrollTop = Math.max(0, top - room / 2);
}

/** Arrows walk the table in its own order; with shift they select on the way. */
function step(event: KeyboardEvent, kept: Kept): void {
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
  if (by === undefined || !kept.rows.length) return;
  event.preventDefault();
  const at = kept.rows.indexOf(kept.store.currentRow);
  const next = Math.min(kept.rows.length - 1, Math.max(0, at + by));
  const row = kept.rows[next]!;
  if (event.shiftKey) select(kept.store, kept.store.table.ids[row]!, true);
  else goToRow(kept.store, row);
}

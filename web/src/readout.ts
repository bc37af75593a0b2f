/** The line under the trace: time to the sample, value, and the spike at hand. */

import { sweepAt, timeOf } from "./range";
import { counted, decimalsFor, digits, withUnit } from "./si";
import type { Store } from "./store";
import { traceKey } from "./trace";
import { observedIn } from "./walls";
import { COLUMNS, highestLevel, levelFor } from "./tile";

export function readout(place: HTMLElement, store: Store): void {
  const refresh = () => {
    place.textContent = store.facts ? [pointed(store), atHand(store)].filter(Boolean).join("   ·   ") : "";
  };
  store.on(["recording", "cursor", "selection", "view", "rows", "spikes", "tiles"], refresh);
}

/** Decimals that tell two samples apart. */
function decimals(store: Store): number {
  return Math.max(3, decimalsFor(1 / store.rate));
}

function pointed(store: Store): string {
  const { cursor } = store;
  if (cursor === null) return inView(store);
  const sweep = store.sweeps.bounds.length > 2 ? `, sweep ${sweepAt(store.sweeps.bounds, cursor)}` : "";
  const time = timeOf(store.sweeps, cursor).toFixed(decimals(store));
  return `${time} s (sample ${cursor.toLocaleString("en")}${sweep}): ${valueAt(store, cursor)}`;
}

function inView(store: Store): string {
  const { start, stop } = store.range;
  const offset = store.offsetOf(store.sweep);
  const { table } = store;
  const [a, b] = [table.lowerBound(start + offset), table.lowerBound(stop + offset)];
  let n = 0;
  for (let row = a; row < b; row += 1) n += Number(table.isSpike(row));
  const all = (stop - start) / store.rate;
  const seconds = observedIn(store.walls, start + offset, stop + offset) / store.rate;
  const less = seconds < all ? ` (${withUnit(all - seconds, "s", 3)} left out)` : "";
  const rate = seconds > 0 ? `, ${digits(n / seconds, 3)} Hz` : "";
  return `${withUnit(all, "s", 4)} in view${less}, ${counted(n, "spike")}${rate}`;
}

/** The value of the finest tile that is there: of the sample, or of the column that holds it. */
function valueAt(store: Store, sample: number): string {
  const key = traceKey(store, store.mainTrace);
  const unit = store.unitOf(store.mainTrace);
  const raw = store.tiles?.have(key, 0, Math.floor(sample / COLUMNS));
  if (raw) return withUnit(raw.data[sample - raw.first] ?? Number.NaN, unit, 4);
  const top = highestLevel(store.n);
  const pixels = 1200;
  const level = levelFor((store.range.stop - store.range.start) / pixels, top);
  const tile = store.tiles?.have(key, level, Math.floor(sample / (COLUMNS * 2 ** level)));
  if (!tile) return "";
  const k = Math.floor((sample - tile.first) / tile.step);
  return `${withUnit(tile.data[2 * k] ?? Number.NaN, unit, 4)} to ${withUnit(tile.data[2 * k + 1] ?? Number.NaN, unit, 4)}`;
}

function atHand(store: Store): string {
  const row = store.currentRow;
  if (row < 0) return "";
  const { table } = store;
  const time = (table.number("time")?.[row] ?? timeOf(store.sweeps, table.samples[row]!)).toFixed(decimals(store));
  const p = table.number("probability")?.[row] ?? Number.NaN;
  const height = table.number("height")?.[row] ?? Number.NaN;
  const facts = [
    `${table.text("state", row)} at ${time} s`,
    Number.isFinite(height) ? `height ${withUnit(height, table.units["height"] ?? "V", 3)}` : "",
    Number.isFinite(p) ? `probability ${p.toFixed(3)}` : "",
    table.isSorted ? (table.unitOf(row) < 0 ? "in no unit" : `unit ${table.nameOf("unit", table.unitOf(row))}`) : "",
    table.text("kind", row) ? `kind ${table.nameOf("kind", table.text("kind", row))}` : "",
    table.text("label", row) ? `labelled ${table.text("label", row)}` : "",
  ];
  return facts.filter(Boolean).join(", ");
}

/** The table of spikes as the page keeps it: columns, an order by sample, and what was edited. */

import type { Cell, Column, Names, Row, SpikesAnswer, SpikeState, Stretch, Values } from "./contract";

export const ACCEPTED = 0;
export const ADDED = 1;
export const REJECTED = 2;
export const CANDIDATE = 3;
const CODES: Record<SpikeState, number> = { accepted: ACCEPTED, added: ADDED, rejected: REJECTED, candidate: CANDIDATE };
export const STATES: readonly SpikeState[] = ["accepted", "added", "rejected", "candidate"];
const TEXT = new Set(["verdict", "kind", "author", "label", "notes", "channel", "state"]);

export const DOUBTFUL_LOW = 0.05;
export const DOUBTFUL_HIGH = 0.95;

/** The number of a kind's colour: kinds called 1 to 9 have their own, others share them by name. */
export function kindCode(kind: string): number {
  if (!kind) return 0;
  const number = /^\d$/.test(kind) ? Number(kind) : [...kind].reduce((sum, c) => sum + c.charCodeAt(0), 0);
  return number % 10;
}

/** The number of a unit's colour; spikes of no unit have that of spikes without a kind. */
export function unitCode(unit: number): number {
  return unit >= 0 ? 1 + (unit % 9) : 0;
}

/** A row to be put in its place: an old one that moved, or a new one (`from` -1). */
interface Put {
  id: number;
  from: number;
  to: number;
  sample: number;
  row: Row;
}

export class SpikeTable {
  revision = 0;
  method: string | null = null;
  /** Why nothing was detected, if so. */
  error = "";
  parameters: Values = {};
  /** What the method looked through; null for the trace as recorded. */
  filter: SpikesAnswer["filter"] = null;
  units: Record<string, string> = {};
  /** What people called kinds and units. */
  called: Names = { kinds: {}, units: {} };
  private stretches: readonly Stretch[] = [];
  /** Every column there is; those that were not fetched yet are `lacks`. */
  names: string[] = [];
  /** Rows in order of their samples; every array is aligned with it. */
  ids = new Float64Array(0);
  samples = new Float64Array(0);
  states = new Uint8Array(0);
  /** How often rows came, went or moved. */
  rebuilt = 0;
  /** The colour of each row: of its unit where spikes are sorted, else of its kind. */
  kinds = new Uint8Array(0);
  private texts = new Map<string, string[]>();
  private numbers = new Map<string, Float64Array<ArrayBuffer>>();
  private place: Map<number, number> | null = null;
  private doubts: number[] | null = null;
  private down: boolean | null = null;
  private counted: Int32Array | null = null;
  private outside = new Uint8Array(0);

  static of(answer: SpikesAnswer): SpikeTable {
    const table = new SpikeTable();
    const { columns } = answer;
    table.revision = answer.revision;
    table.method = answer.method;
    table.parameters = answer.parameters;
    table.filter = answer.filter ?? null;
    table.units = answer.units;
    if (answer.names) table.called = answer.names;
    const known = Object.keys(columns);
    table.names = [...known, ...Object.keys(answer.units).filter((name) => !known.includes(name))];
    for (const name of known) table.put(name, columns[name]!);
    table.sort();
    return table;
  }

  get excluded(): readonly Stretch[] {
    return this.stretches;
  }

  /** Stretches that are left out; rows within them are no spikes. */
  set excluded(stretches: readonly Stretch[]) {
    this.stretches = stretches;
    this.forget();
    this.outside = new Uint8Array(this.length);
    for (const { start, stop } of stretches) this.outside.fill(1, this.lowerBound(start), this.lowerBound(stop));
  }

  get length(): number {
    return this.ids.length;
  }

  indexOf(id: number): number {
    if (this.place) return this.place.get(id) ?? -1;
    const row = boundIn(this.ids, id);
    return this.ids[row] === id ? row : -1;
  }

  number(name: string): Float64Array | undefined {
    return this.numbers.get(name);
  }

  text(name: string, row: number): string {
    return this.texts.get(name)?.[row] ?? "";
  }

  /** Whether spikes are sorted into units. */
  get isSorted(): boolean {
    return this.numbers.has("unit_id");
  }

  /** The unit of a row, -1 for none. */
  unitOf(row: number): number {
    const unit = this.numbers.get("unit_id")?.[row] ?? Number.NaN;
    return unit === unit ? unit : -1;
  }

  /** A kind or a unit as people call it: its number, and its name if it has one. */
  nameOf(of: "kind" | "unit", number: number | string): string {
    const name = (of === "kind" ? this.called.kinds : this.called.units)[String(number)];
    return name ? `${number} ${name}` : String(number);
  }

  /** Takes in columns of the whole table that an edit of kinds or units changed. */
  widen(columns: Record<string, Column>): void {
    const ids = columns["id"] ?? [];
    for (const name of Object.keys(columns)) if (name !== "id") this.add(name, ids, columns[name]!);
    for (let row = 0; row < this.length; row += 1) this.kinds[row] = this.colourOf(row);
  }

  private colourOf(row: number): number {
    return this.isSorted ? unitCode(this.unitOf(row)) : kindCode(this.text("kind", row));
  }

  lacks(name: string): boolean {
    return !this.texts.has(name) && !this.numbers.has(name);
  }

  /** A column of text, row by row. */
  column(name: string): readonly string[] {
    return this.texts.get(name) ?? [];
  }

  /** Takes in a column fetched later; `ids` say which row each entry belongs to. */
  add(name: string, ids: Column, values: Column): void {
    let isSame = ids.length === this.length;
    for (let k = 0; isSame && k < ids.length; k += 1) isSame = Number(ids[k]) === this.ids[k];
    if (isSame) return this.put(name, values);
    const place = new Map<number, number>();
    for (let k = 0; k < ids.length; k += 1) place.set(Number(ids[k]), k);
    this.put(name, Array.from(this.ids, (id) => values[place.get(id) ?? -1] ?? null));
  }

  private put(name: string, values: Column): void {
    if (values instanceof Float64Array) return void this.numbers.set(name, values);
    const n = values.length;
    // Plain loops: of a hundred thousand rows, what a callback costs is seen.
    if (TEXT.has(name) || typeof values.find((v) => v !== null) === "string") {
      const texts = new Array<string>(n);
      for (let k = 0; k < n; k += 1) texts[k] = textOf(values[k]!);
      this.texts.set(name, texts);
      return;
    }
    const numbers = new Float64Array(n);
    for (let k = 0; k < n; k += 1) numbers[k] = numeric(values[k]!);
    this.numbers.set(name, numbers);
  }

  cell(name: string, row: number): number | string {
    return this.texts.get(name)?.[row] ?? this.numbers.get(name)?.[row] ?? "";
  }

  /** The smallest and the largest number of a column, over all rows or some; infinities the other way round if none. */
  extentOf(name: string, rows?: Int32Array): [number, number] {
    const values = this.numbers.get(name);
    let [low, high] = [Infinity, -Infinity];
    const n = rows?.length ?? values?.length ?? 0;
    for (let k = 0; values && k < n; k += 1) {
      const value = values[rows ? rows[k]! : k]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  isSpike(row: number): boolean {
    return this.states[row]! <= ADDED && !this.outside[row];
  }

  /** Whether a hand has said anything of a row. */
  isJudged(row: number): boolean {
    return this.text("author", row) === "person" || this.text("label", row) !== "";
  }

  /** Rows that count as spikes, in order of their samples. */
  spikes(): Int32Array {
    this.counted ??= this.findSpikes();
    return this.counted;
  }

  private findSpikes(): Int32Array {
    const rows = new Int32Array(this.length);
    let n = 0;
    for (let k = 0; k < this.length; k += 1) if (this.isSpike(k)) rows[n++] = k;
    return rows.slice(0, n);
  }

  /** Whether most spikes lie below what is around them. */
  get isMostlyDown(): boolean {
    const heights = this.number("height");
    this.down ??= this.spikes().reduce((sum, row) => sum + Math.sign(heights?.[row] || 0), 0) < 0;
    return this.down;
  }

  /** The first row at or after a sample. */
  lowerBound(sample: number): number {
    return boundIn(this.samples, sample);
  }

  /** The row nearest to a sample, no farther than `within`; -1 if none; `only` narrows the choice. */
  nearest(sample: number, within: number, only: (row: number) => boolean = () => true): number {
    let best = -1;
    let least = within;
    for (let k = this.lowerBound(sample - within); k < this.length && this.samples[k]! <= sample + within; k += 1) {
      const gap = Math.abs(this.samples[k]! - sample);
      if (gap <= least && only(k)) [best, least] = [k, gap];
    }
    return best;
  }

  /** The next row after (step 1) or before (step -1) a sample for which `only` holds; -1 at the end. */
  step(sample: number, step: 1 | -1, only: (row: number) => boolean): number {
    let k = step > 0 ? this.lowerBound(sample + 0.5) : this.lowerBound(sample) - 1;
    while (k >= 0 && k < this.length && !only(k)) k += step;
    return k >= 0 && k < this.length ? k : -1;
  }

  /** Rows whose probability lies between .05 and .95 and which no hand has judged, most doubtful first. */
  doubtful(): number[] {
    this.doubts ??= this.findDoubtful();
    return this.doubts;
  }

  private findDoubtful(): number[] {
    const p = this.numbers.get("probability") ?? [];
    const rows: number[] = [];
    for (let k = 0; k < p.length; k += 1) {
      if (!(p[k]! > DOUBTFUL_LOW && p[k]! < DOUBTFUL_HIGH)) continue;
      if (!this.isJudged(k)) rows.push(k);
    }
    return rows.sort((a, b) => Math.abs(p[a]! - 0.5) - Math.abs(p[b]! - 0.5));
  }

  /** Takes in rows changed by an edit: an object per id, null for one that is gone. */
  apply(changed: Record<string, Row | null>): void {
    const entries = Object.entries(changed);
    this.forget();
    const moved = entries.filter(([id, row]) => this.change(Number(id), row));
    if (!moved.length) return;
    this.rebuilt += 1;
    this.rebuild(moved);
  }

  /** Writes a row in place; true when its place changes, so that all must be ordered anew. */
  private change(id: number, row: Row | null): boolean {
    const at = this.indexOf(id);
    if (row === null || at < 0) return true;
    if (row["sample_index"] !== undefined && row["sample_index"] !== this.samples[at]) return true;
    this.write(at, row);
    return false;
  }

  private write(at: number, row: Row): void {
    for (const name of Object.keys(row)) {
      const value = row[name] ?? null;
      const texts = this.texts.get(name);
      const numbers = this.numbers.get(name);
      if (texts) texts[at] = textOf(value);
      else if (numbers) numbers[at] = numeric(value);
      if (name === "state") this.states[at] = CODES[value as SpikeState];
    }
    this.kinds[at] = this.colourOf(at);
  }

  /** Takes rows out and puts others in, so that rows stay in order of their samples. */
  private rebuild(entries: [string, Row | null][]): void {
    const isOut = new Uint8Array(this.length);
    const put: Put[] = [];
    for (const [text, row] of entries) {
      const id = Number(text);
      const at = this.indexOf(id);
      if (at >= 0) isOut[at] = 1;
      if (row !== null) put.push({ id, from: at, to: -1, sample: Number(row["sample_index"] ?? this.samples[at]), row });
    }
    put.sort((a, b) => a.sample - b.sample);
    this.gather(this.merged(isOut, put));
    for (const { id, to, row } of put) this.write(to, { ...row, id });
    this.index();
  }

  /** The row that each row to be comes from, -1 for a new one; tells `put` where its rows go. */
  private merged(isOut: Uint8Array, put: readonly Put[]): Int32Array {
    const from = new Int32Array(this.length + put.length);
    let n = 0;
    let next = 0;
    for (let row = 0; row <= this.length; row += 1) {
      const sample = this.samples[row] ?? Infinity;
      for (; next < put.length && put[next]!.sample < sample; next += 1) {
        put[next]!.to = n;
        from[n++] = put[next]!.from;
      }
      if (row < this.length && !isOut[row]) from[n++] = row;
    }
    return from.slice(0, n);
  }

  /** Every column in another order; blank where rows are new. */
  private gather(from: Int32Array): void {
    for (const [name, texts] of this.texts) {
      const out = new Array<string>(from.length);
      for (let k = 0; k < from.length; k += 1) out[k] = from[k]! < 0 ? "" : texts[from[k]!]!;
      this.texts.set(name, out);
    }
    for (const [name, numbers] of this.numbers) {
      const out = new Float64Array(from.length);
      for (let k = 0; k < from.length; k += 1) out[k] = from[k]! < 0 ? Number.NaN : numbers[from[k]!]!;
      this.numbers.set(name, out);
    }
    const [states, kinds] = [this.states, this.kinds];
    this.states = new Uint8Array(from.length);
    this.kinds = new Uint8Array(from.length);
    for (let k = 0; k < from.length; k += 1) {
      if (from[k]! < 0) continue;
      this.states[k] = states[from[k]!]!;
      this.kinds[k] = kinds[from[k]!]!;
    }
  }

  private sort(): void {
    const samples = this.numbers.get("sample_index") ?? new Float64Array(0);
    if (!isRising(samples, true)) {
      const order = Array.from(samples.keys()).sort((a, b) => samples[a]! - samples[b]!);
      for (const [name, texts] of this.texts) this.texts.set(name, order.map((k) => texts[k]!));
      for (const [name, numbers] of this.numbers) this.numbers.set(name, Float64Array.from(order, (k) => numbers[k]!));
    }
    const states = this.column("state");
    this.states = new Uint8Array(states.length);
    this.kinds = new Uint8Array(states.length);
    for (let k = 0; k < states.length; k += 1) {
      this.states[k] = CODES[states[k] as SpikeState];
      this.kinds[k] = this.colourOf(k);
    }
    this.index();
  }

  /** What was counted no longer holds. */
  private forget(): void {
    this.doubts = this.counted = this.down = null;
  }

  private index(): void {
    this.ids = this.numbers.get("id") ?? new Float64Array(0);
    this.samples = this.numbers.get("sample_index") ?? new Float64Array(0);
    this.excluded = this.stretches;
    // An id is the sample where a spike was first seen, so ids rise, too, unless one was moved past another.
    this.place = isRising(this.ids) ? null : new Map(Array.from(this.ids, (id, k) => [id, k]));
  }
}

/** The first place in rising values at or after one. */
export function boundIn(values: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isRising(values: Float64Array, orEqual = false): boolean {
  for (let k = 1; k < values.length; k += 1) {
    if (values[k - 1]! > values[k]! || (!orEqual && values[k - 1] === values[k])) return false;
  }
  return true;
}

function textOf(value: Cell): string {
  return typeof value === "string" ? value : value === null ? "" : String(value);
}

function numeric(value: Cell): number {
  if (typeof value === "number") return value;
  return value === null || value === "" ? Number.NaN : Number(value);
}

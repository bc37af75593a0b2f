/** What the page knows, and who is told when a part of it changes. */

import type { EventMark, Facts, Methods, Preview, Stretch } from "./contract";
import type { Around } from "./around";
import type { Range, Sweeps } from "./range";
import type { Door } from "./server";
import { SpikeTable } from "./spikes";
import type { Tiles } from "./tiles";
import { wallsOf, type Wall } from "./walls";
import type { Waveforms } from "./waveforms";
import type { LabelWindow } from "./windows";

export type Part =
  | "recording" | "view" | "tiles" | "spikes" | "rows" | "selection" | "preview" | "cursor" | "session" | "theme" | "waves" | "walk"
  | "lanes"
  /** Which units the plots show. */
  | "shown"
  /** Which panel is open. */
  | "panel";

export type Mode = "chained" | "overlaid" | "stacked";

/** A cutoff that can be dragged: of which parameter, and where it stands. */
export interface Cutoff {
  parameter: string;
  value: number;
  unit: string;
  /** Drawn on the trace at the value itself, or so far from the resting level. */
  relative: boolean;
}

/** A list of samples that one key steps through. */
export interface Walk {
  name: string;
  samples: number[];
  at: number;
}

const NONE: readonly EventMark[] = [];
/** So long a view that was jumped to is awaited before what is known of it is drawn, ms. */
const PATIENCE = 30;

export class Store {
  door: Door | null = null;
  facts: Facts | null = null;
  methods: Methods | null = null;
  sweeps: Sweeps = { bounds: [0, 0], starts: [0], sampling_rate: 1 };
  tiles: Tiles | null = null;
  table = new SpikeTable();
  range: Range = { start: 0, stop: 1 };
  mode: Mode = "chained";
  /** The sweep that overlaid sweeps stand behind. */
  sweep = 0;
  /** The filter that the trace is drawn through, as requests name it and as people do; empty for raw. */
  filter = "";
  filterWords = "";
  /** Traces drawn, by name: channel indices as text, and "stimulus". */
  shown = new Set<string>();
  showEvents = true;
  /** Units that are ticked in their list; with `onlyTicked`, plots show no others. */
  ticked = new Set<number>();
  onlyTicked = false;
  /** Vertical scaling per trace: factor and shift of the centre, as a share of the full range. */
  heights = new Map<string, { factor: number; shift: number }>();
  current = -1;
  selected = new Set<number>();
  /** The sample under the pointer, or null when it is elsewhere. */
  cursor: number | null = null;
  preview: Preview | null = null;
  cutoff: Cutoff | null = null;
  waves: Waveforms | null = null;
  walk: Walk | null = null;
  responses: Around | null = null;
  /** Length of the windows to label, s; 0 where spikes are. */
  labelWindow = 0;
  /** The window that is to be labelled. */
  asked: LabelWindow | null = null;
  canUndo = false;
  canRedo = false;

  /**
   * Told at once of a view that moved, so that what it needs is asked for before it is drawn.
   *
   * Answers whether it can be drawn by now; false for what is worth a short wait.
   */
  hurry: (() => boolean) | null = null;
  /** Told by a benchmark's wish how long it took until an asked view, or an edit, was drawn, ms. */
  measured: ((what: "view" | "edit", ms: number) => void) | null = null;
  private readonly since = new Map<"view" | "edit", number>();
  private isHurrying = false;
  private walled: { excluded: readonly Stretch[]; events: readonly EventMark[]; walls: readonly Wall[] } = { excluded: [], events: NONE, walls: [] };

  private readonly listeners: { parts: Set<Part>; run: (changed: ReadonlySet<Part>) => void }[] = [];
  private readonly stale = new Set<Part>();
  private frame = 0;
  /** Runs while a view is awaited: no frame is asked for meanwhile. */
  private patience = 0;

  /** Runs something, once a frame, whenever any of `parts` has changed. */
  on(parts: Part[], run: (changed: ReadonlySet<Part>) => void): void {
    this.listeners.push({ parts: new Set(parts), run });
  }

  /** Says that parts have changed; what depends on them is drawn with the next frame. */
  touch(...parts: Part[]): void {
    for (const part of parts) this.stale.add(part);
    if (parts.includes("view")) this.begins("view");
    if (parts.includes("view") || (this.patience && parts.includes("tiles"))) this.hasten();
    else if (!this.patience) this.draw();
  }

  /** Asks for what the view needs, once for all that is touched at a time; then for a frame, if it can be drawn. */
  private hasten(): void {
    if (this.isHurrying) return;
    this.isHurrying = true;
    queueMicrotask(() => {
      this.isHurrying = false;
      if (this.hurry?.() ?? true) this.draw();
      else this.wait();
    });
  }

  /**
   * Leaves the page as it is for a moment: what is asked for comes within a frame or two.
   *
   * A frame meanwhile would be drawn only to be drawn again, and who asks for none gets the next at once.
   */
  private wait(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.patience ||= window.setTimeout(() => this.draw(), PATIENCE);
  }

  private draw(): void {
    clearTimeout(this.patience);
    this.patience = 0;
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  /** From here on it counts how long it takes until `what` is drawn. */
  begins(what: "view" | "edit"): void {
    if (!this.since.has(what)) this.since.set(what, performance.now());
  }

  ends(what: "view" | "edit"): void {
    const begun = this.since.get(what);
    this.since.delete(what);
    if (begun !== undefined) this.measured?.(what, performance.now() - begun);
  }

  private flush(): void {
    this.frame = 0;
    const changed = new Set(this.stale);
    this.stale.clear();
    for (const { parts, run } of this.listeners) if ([...parts].some((p) => changed.has(p))) run(changed);
    // The side plots draw in microtasks of their own, queued by now.
    if (changed.has("rows")) queueMicrotask(() => this.ends("edit"));
  }

  get n(): number {
    return this.facts?.n_samples ?? 0;
  }

  get rate(): number {
    return this.facts?.sampling_rate ?? 1;
  }

  /** Stretches in which no spike counts. */
  get walls(): readonly Wall[] {
    const [excluded, events] = [this.table.excluded, this.facts?.events ?? NONE];
    if (this.walled.excluded !== excluded || this.walled.events !== events) {
      this.walled = { excluded, events, walls: wallsOf(excluded, events) };
    }
    return this.walled.walls;
  }

  /** The trace that spikes are sought in. */
  get mainTrace(): string {
    return String(this.facts?.channel ?? 0);
  }

  /** How far the visible axis reaches: the recording, or its longest sweep. */
  get extent(): number {
    if (this.mode === "chained") return this.n;
    const { bounds } = this.sweeps;
    return bounds.slice(1).reduce((most, b, k) => Math.max(most, b - bounds[k]!), 0);
  }

  /** What a sample's place on the visible axis is shifted by, given its sweep. */
  offsetOf(sweep: number): number {
    return this.mode === "chained" ? 0 : this.sweeps.bounds[sweep]!;
  }

  unitOf(trace: string): string {
    if (trace === "stimulus") return this.facts?.stimulus?.unit ?? "";
    return this.facts?.channels.find((c) => String(c.index) === trace)?.unit ?? "";
  }

  /** Whether the plots show a row: a spike, of the ticked units where only those are asked for. */
  isPlotted(row: number): boolean {
    const { table } = this;
    return table.isSpike(row) && (!this.onlyTicked || !table.isSorted || this.ticked.has(table.unitOf(row)));
  }

  /** The rows that the plots show, in order of their samples. */
  plotted(): Int32Array {
    const rows = this.table.spikes();
    return this.onlyTicked && this.table.isSorted ? rows.filter((row) => this.isPlotted(row)) : rows;
  }

  get currentRow(): number {
    return this.table.indexOf(this.current);
  }

  /** Rows an edit is meant for: the selection, or else the current spike. */
  get targets(): number[] {
    const ids = this.selected.size ? [...this.selected] : [this.current];
    return ids.filter((id) => this.table.indexOf(id) >= 0);
  }
}

/** Detect on the page: a method, its form, a cutoff to drag, a preview of what would change, a curve of counts. */

import type uPlot from "uplot";
import { complain, follow, stepWalk } from "./actions";
import type { Job, MethodEntry, Preview, SweepCurve } from "./contract";
import { el, option, say, settled } from "./dom";
import { soughtIn } from "./filtering";
import { cutoffOf, formOf, valuesAround, type Form } from "./form";
import { drawUpright, SidePlot } from "./plots/frame";
import { refresh } from "./opening";
import { palette } from "./palette";
import { cancel, type Asked } from "./server";
import { counted, withUnit } from "./si";
import type { Store } from "./store";

const LONGEST_PREVIEW = 60;
/** What requests call the table that was there before. */
const GIVEN = "given";

interface Parts {
  choice: HTMLSelectElement;
  summary: HTMLElement;
  /** What the method of the spikes on the page looked through. */
  sought: HTMLElement;
  /** Channel, mode and polarity, as far as they are not to stay as they are. */
  where: () => Partial<Asked>;
  fields: HTMLElement;
  live: HTMLInputElement;
  count: HTMLElement;
  progress: HTMLProgressElement;
  run: HTMLButtonElement;
  stop: HTMLButtonElement;
  compare: HTMLButtonElement;
  curve: HTMLButtonElement;
  walk: HTMLButtonElement;
}

function givenEntry(table: string): MethodEntry {
  return { name: GIVEN, summary: `Shows the spikes of ${table} again, as they were written. What you said of them is laid on them.`, parameters: [] };
}

class Detecting {
  private form: Form | null = null;
  private method: MethodEntry | null = null;
  private abort = new AbortController();
  private curveAbort = new AbortController();
  private curve: SweepCurve | null = null;
  private job = "";
  private readonly plot: SidePlot;
  private readonly soon = settled(120, () => void this.preview());

  constructor(
    private readonly store: Store,
    private readonly parts: Parts,
  ) {
    this.plot = new SidePlot("Count over cutoff", { draw: (u) => this.drawCurve(u), chosen: ({ x }) => this.setCutoff((x[0] + x[1]) / 2) });
    this.plot.figure.hidden = true;
    this.plot.figure.addEventListener("pointermove", (event) => event.buttons && this.dragOnCurve(event));
    this.plot.figure.addEventListener("pointerdown", (event) => this.dragOnCurve(event));
    parts.choice.addEventListener("change", () => this.choose(parts.choice.value));
    parts.live.addEventListener("change", () => this.toggle());
    document.addEventListener("where", () => parts.live.checked && this.soon());
    parts.run.addEventListener("click", () => void this.detect());
    parts.stop.addEventListener("click", () => void cancel(this.job).catch(complain));
    parts.compare.addEventListener("click", () => void this.compare());
    parts.walk.addEventListener("click", () => this.walkDifferences());
    document.addEventListener("cutoff", () => this.dragged());
    store.on(["view"], () => parts.live.checked && this.soon());
    store.on(["theme"], () => this.showCurve());
    store.on(["recording", "spikes"], () => this.begin());
  }

  get figure(): HTMLElement {
    return this.plot.figure;
  }

  /** Takes the method that the spikes on the page were found with. */
  private begin(): void {
    const { methods, table, facts } = this.store;
    if (!methods || !facts) return;
    const own = facts.given?.is_shown ? GIVEN : table.method;
    const name = own ?? methods.default_by_mode?.[facts.mode] ?? methods.default;
    const listed = (some: MethodEntry[]) => some.map((d) => option(d.name, d.name, d.name === name));
    const sorters = el("optgroup", { label: "sort into units" }, ...listed(methods.sorters ?? []));
    const given = facts.given ? [el("optgroup", { label: "found before" }, option(GIVEN, facts.given.name, facts.given.is_shown))] : [];
    this.parts.choice.replaceChildren(el("optgroup", { label: "detect" }, ...listed(methods.detectors)), sorters, ...given);
    this.choose(name);
    this.tellSought();
  }

  /** Says what the spikes on the page were sought in, and shows it when asked. */
  private tellSought(): void {
    const { table, methods } = this.store;
    const { filter, method } = table;
    this.parts.sought.replaceChildren(method ? `The spikes on the page: ${method} sought them in ${soughtIn(filter, methods?.filters ?? [])}. ` : "");
    if (!filter) return;
    const show = () => document.dispatchEvent(new CustomEvent("filter", { detail: filter }));
    this.parts.sought.append(el("button", { type: "button", onclick: show }, "Show it so"));
  }

  private choose(name: string): void {
    const { methods, table, facts } = this.store;
    const sorter = methods?.sorters?.find((d) => d.name === name);
    const given = name === GIVEN ? givenEntry(facts?.given?.name ?? "") : undefined;
    this.method = methods?.detectors.find((d) => d.name === name) ?? sorter ?? given ?? null;
    if (!this.method) return;
    const how = " All voltages are sorted, or the channel chosen below; up to 8 are taken to be near one another. The whole recording is sorted at once, so there is no preview.";
    this.parts.summary.textContent = `${this.method.summary}${sorter ? how : ""}`;
    const isWhole = (sorter ?? given) !== undefined;
    if (isWhole && this.parts.live.checked) this.parts.live.click();
    this.parts.live.disabled = this.parts.compare.disabled = this.parts.curve.disabled = isWhole;
    this.form = formOf(this.method, table.method === name ? table.parameters : {}, () => this.changed());
    this.parts.fields.replaceChildren(this.form.fields);
    this.forgetCurve();
    this.takeCutoff();
    if (this.parts.live.checked) this.soon();
  }

  private asked(): Asked | null {
    return this.method && this.form ? { method: this.method.name, parameters: this.form.values(), ...this.parts.where() } : null;
  }

  private changed(): void {
    this.takeCutoff();
    if (this.parts.live.checked) this.soon();
  }

  /** Puts the form's cutoff on the trace, while the preview is on. */
  private takeCutoff(): void {
    const declared = this.method && cutoffOf(this.method);
    const value = declared && this.form?.values()[declared.name];
    const isOn = this.parts.live.checked && typeof value === "number" && declared;
    this.store.cutoff = isOn ? { parameter: declared.name, value, unit: declared.unit, relative: this.method!.name !== "level" } : null;
    this.store.touch("preview");
    this.plot.u?.redraw(false);
  }

  private dragged(): void {
    const cutoff = this.store.cutoff;
    if (!cutoff) return;
    this.form?.set(cutoff.parameter, cutoff.value);
    this.plot.u?.redraw(false);
    this.soon();
  }

  private setCutoff(value: number): void {
    const declared = this.method && cutoffOf(this.method);
    if (!declared) return;
    const least = declared.minimum ?? -Infinity;
    const most = declared.maximum ?? Infinity;
    this.form?.set(declared.name, Number(Math.min(most, Math.max(least, value)).toPrecision(3)));
    if (!this.parts.live.checked) this.parts.live.click();
    this.changed();
  }

  private toggle(): void {
    this.takeCutoff();
    if (this.parts.live.checked) return this.soon();
    this.abort.abort();
    this.show(null);
  }

  /** Asks what the form's settings would find in view; an answer that came too late is dropped. */
  private async preview(): Promise<void> {
    const { store } = this;
    const asked = this.asked();
    if (!asked || !store.door || !this.parts.live.checked) return;
    this.abort.abort();
    this.abort = new AbortController();
    const offset = store.offsetOf(store.sweep);
    const start = Math.max(0, Math.floor(store.range.start + offset));
    const stop = Math.min(store.n, Math.ceil(store.range.stop + offset), start + Math.floor(LONGEST_PREVIEW * store.rate));
    try {
      const found = await store.door.preview(asked, start, stop, this.abort.signal);
      const [from, to] = found.part ?? [start, stop];
      this.show(found, (to - from) / store.rate);
    } catch (why) {
      if (!this.abort.signal.aborted) this.refuse(why);
    }
  }

  private refuse(why: unknown): void {
    this.parts.count.textContent = why instanceof Error ? why.message : String(why);
    this.parts.count.classList.add("bad");
  }

  private show(preview: Preview | null, seconds = 0): void {
    this.store.preview = preview;
    this.store.touch("preview");
    const { count, walk } = this.parts;
    count.classList.remove("bad");
    count.replaceChildren();
    walk.disabled = !preview || preview.appear.length + preview.vanish.length === 0;
    if (!preview) return;
    const differs = `, ${preview.appear.length} would appear (+), ${preview.vanish.length} would vanish (×)`;
    count.append(el("span", { className: "big" }, String(preview.count)), ` ${preview.count === 1 ? "spike" : "spikes"} in ${withUnit(seconds, "s", 3)}${differs}`);
  }

  /** Finds where the form's settings differ from the spikes on the page, in the whole recording; changes nothing. */
  private async compare(): Promise<void> {
    const { store } = this;
    const [asked, door] = [this.asked(), store.door];
    if (!asked || !door) return;
    const end = await this.working(() => door.compare(asked));
    if (store.door !== door || !end) return;
    if (end.state === "cancelled") return say("stopped");
    const found = end.result as Preview;
    this.show(found, store.n / store.rate);
    say(`${asked.method} differs in ${counted(found.appear.length + found.vanish.length, "place")}; w steps through them`);
  }

  /** Runs a job with its progress shown and a way to stop it; null when it failed. */
  private async working(start: () => Promise<string>): Promise<Job | null> {
    const { parts } = this;
    parts.run.disabled = parts.compare.disabled = true;
    let end: Job | null = null;
    try {
      this.job = await start();
      parts.progress.hidden = parts.stop.hidden = false;
      end = await follow(this.job, (now) => {
        parts.progress.value = now.progress;
        say(now.words);
      });
    } catch (why) {
      complain(why);
    }
    parts.progress.hidden = parts.stop.hidden = true;
    parts.run.disabled = false;
    parts.compare.disabled = parts.live.disabled;
    return end;
  }

  private walkDifferences(): void {
    const { preview } = this.store;
    if (!preview) return;
    const samples = [...preview.appear, ...preview.vanish].sort((a, b) => a - b);
    stepWalk(this.store, { name: "differences of the two methods", samples, at: -1 });
  }

  private async detect(): Promise<void> {
    const { store } = this;
    const [asked, door] = [this.asked(), store.door];
    if (!asked || !door) return;
    const end = await this.working(() => door.detect(asked));
    if (store.door !== door || !end) return;
    try {
      await refresh(store);
    } catch (why) {
      return complain(why);
    }
    const by = asked.method === GIVEN ? `of ${store.facts?.given?.name}` : `by ${asked.method}`;
    say(end.state === "cancelled" ? "stopped; the spikes are as before" : `${counted(store.table.spikes().length, "spike")} ${by}`);
    this.show(null);
  }

  /** Counts spikes at many cutoffs. */
  async drawn(): Promise<void> {
    const asked = this.asked();
    const declared = this.method && cutoffOf(this.method);
    const value = declared && asked?.parameters[declared.name];
    if (!asked || !declared || typeof value !== "number" || !this.store.door) return;
    this.curveAbort.abort();
    this.curveAbort = new AbortController();
    say("counting at many cutoffs …");
    try {
      this.curve = await this.store.door.curve(asked, declared.name, valuesAround(declared, value), this.curveAbort.signal);
      say(`counted at ${this.curve.values.length} cutoffs`);
      this.showCurve();
    } catch (why) {
      if (!this.curveAbort.signal.aborted) this.refuse(why);
    }
  }

  private forgetCurve(): void {
    this.curveAbort.abort();
    this.curve = null;
    this.plot.figure.hidden = true;
  }

  private showCurve(): void {
    const declared = this.method && cutoffOf(this.method);
    if (!this.curve?.values.length || !declared) return;
    this.plot.figure.hidden = false;
    const { values, counts, errors } = this.curve;
    this.plot.show(
      { label: declared.name, unit: declared.unit, low: Math.min(...values), high: Math.max(...values) },
      { label: "spikes", unit: "", isCount: true, low: 0, high: Math.max(...counts, 1) * 1.1 },
    );
    this.plot.say(errors ? "dashed: errors against the hand labels" : "drag to set it");
  }

  private drawCurve(u: uPlot): void {
    if (!this.curve) return;
    const { values, counts, errors } = this.curve;
    const { spike, mark } = palette();
    stroke(u, values, counts, spike, []);
    if (errors) stroke(u, values, errors, mark, [5, 4]);
    const declared = this.method && cutoffOf(this.method);
    const value = declared && this.form?.values()[declared.name];
    if (typeof value === "number") drawUpright(u, value, mark);
  }

  private dragOnCurve(event: PointerEvent): void {
    const u = this.plot.u;
    if (!u) return;
    const x = event.clientX - u.over.getBoundingClientRect().left;
    if (x >= 0 && x <= u.over.clientWidth) this.setCutoff(u.posToVal(x, "x"));
  }
}

function stroke(u: uPlot, values: number[], heights: (number | null)[], colour: string, dash: number[]): void {
  u.ctx.strokeStyle = colour;
  u.ctx.lineWidth = 1.6 * devicePixelRatio;
  u.ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
  u.ctx.beginPath();
  values.forEach((v, k) => heights[k] !== null && u.ctx.lineTo(u.valToPos(v, "x", true), u.valToPos(heights[k]!, "y", true)));
  u.ctx.stroke();
  u.ctx.setLineDash([]);
}

const MODES = ["current-clamp", "voltage-clamp", "cell-attached", "extracellular"];

/** Where and in which way spikes are sought; what is not touched stays as it is. */
function whereFields(store: Store): { fields: HTMLElement; where: () => Partial<Asked> } {
  const tell = () => document.dispatchEvent(new CustomEvent("where"));
  const choice = (id: string, options: HTMLOptionElement[]) => el("select", { id, onchange: tell }, option("", "as it is"), option("auto", "automatic"), ...options);
  const channel = choice("channel", []);
  const mode = choice("recording-mode", MODES.map((m) => option(m)));
  const polarity = choice("polarity", ["up", "down", "both"].map((p) => option(p)));
  store.on(["recording"], () => {
    const channels = (store.facts?.channels ?? []).map((c) => option(String(c.index), c.name));
    channel.replaceChildren(option("", "as it is"), ...channels);
    mode.value = polarity.value = "";
  });
  const row = (name: string, select: HTMLSelectElement) => el("div", { className: "field" }, el("label", { htmlFor: select.id }, name), select);
  const given = (select: HTMLSelectElement) => (select.value === "auto" ? null : select.value);
  return {
    fields: el("details", {}, el("summary", {}, "Channel, mode and polarity"), row("Channel", channel), row("Mode", mode), row("Spikes point", polarity)),
    where: () => ({
      ...(channel.value ? { channel: Number(channel.value) } : {}),
      ...(mode.value ? { mode: given(mode) } : {}),
      ...(polarity.value ? { polarity: given(polarity) } : {}),
    }),
  };
}

export function detecting(panel: HTMLElement, store: Store): void {
  const button = (text: string, className = "") => el("button", { type: "button", className }, text);
  const where = whereFields(store);
  const parts: Parts = {
    choice: el("select", { id: "method" }),
    summary: el("p", { className: "said" }),
    sought: el("p", { className: "said", id: "sought" }),
    where: where.where,
    fields: el("div"),
    live: el("input", { type: "checkbox", id: "live" }),
    count: el("p", { className: "said", "aria-live": "polite", id: "preview" }),
    progress: el("progress", { max: 1, value: 0, hidden: true, "aria-label": "progress of the detection" }),
    run: button("Detect", "primary"),
    stop: button("Stop"),
    compare: button("Compare the whole"),
    curve: button("Draw the curve"),
    walk: button("Step through differences (w)"),
  };
  parts.stop.hidden = true;
  parts.walk.disabled = true;
  parts.run.id = "detect";
  const detecting = new Detecting(store, parts);
  parts.curve.addEventListener("click", () => void detecting.drawn());
  panel.append(
    el("div", { className: "line" }, el("label", { htmlFor: "method" }, "Method "), parts.choice),
    parts.summary,
    parts.sought,
    where.fields,
    parts.fields,
    el("div", { className: "line" }, el("label", {}, parts.live, "Preview in view, with the cutoff on the trace")),
    parts.count,
    el("div", { className: "line" }, parts.run, parts.stop, parts.compare, parts.walk, parts.curve),
    parts.progress,
    detecting.figure,
  );
}

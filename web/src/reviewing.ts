/** Review the doubtful, label, teach, and step through what changed or where model and hand differ. */

import { complain, follow, judge, stepDoubtful, stepWalk } from "./actions";
import { el, option } from "./dom";
import { giveLabel, labelNext } from "./labelling";
import { refresh } from "./opening";
import { counted, digits } from "./si";
import type { SpikeTable } from "./spikes";
import type { Store } from "./store";

interface Trained {
  n_labels: number;
  /** Labels that lie on no candidate, and those that came out as labelled. */
  n_off: number;
  n_followed: number;
  changed: number[];
  before: { n: number };
  after: { n: number };
  model: string | null;
}

export function reviewing(panel: HTMLElement, store: Store): void {
  panel.append(...doubtfulPart(store), el("hr"), ...labelPart(store), el("hr"), ...teachPart(store));
}

const button = (text: string, run: () => void, className = "") => el("button", { type: "button", className, onclick: run }, text);

function doubtfulPart(store: Store): HTMLElement[] {
  const left = el("span", { className: "big", id: "doubtful" }, "0");
  const at = el("p", { className: "said" });
  const refresh = () => {
    left.textContent = String(store.table.doubtful().length);
    const row = store.currentRow;
    const p = row >= 0 ? store.table.number("probability")?.[row] : undefined;
    const state = row >= 0 ? store.table.text("state", row) : "";
    at.textContent = row < 0 ? "No spike at hand." : `At hand: ${state}, probability ${digits(p ?? Number.NaN, 3)}.`;
  };
  store.on(["spikes", "rows", "selection"], refresh);
  return [
    el("h2", {}, "Doubtful"),
    el("p", { className: "said" }, "Probability between .05 and .95, and not judged by hand; the most doubtful first. Probabilities are estimated by the model, for cells like those it was trained on."),
    el("p", { className: "line" }, left, " left"),
    el("div", { className: "line" }, button("Next (u)", () => stepDoubtful(store), "primary"), button("Accept (y)", () => void judge(store, "accept")), button("Reject (x)", () => void judge(store, "reject"))),
    at,
  ];
}

function labelPart(store: Store): HTMLElement[] {
  const other = el("input", { size: 10, "aria-label": "another class", placeholder: "another class" });
  const count = el("p", { className: "said", id: "labels" });
  const next = () => void labelNext(store);
  const give = (label: string) => void giveLabel(store, label);
  store.on(["spikes", "rows"], () => (count.textContent = labelled(store)));
  const own = () => other.value.trim() && give(other.value.trim());
  return [
    el("h2", {}, "Label"),
    el("p", { className: "said" }, "One by one, the most uncertain first. A window with a spike says that its likeliest event is one, a window with none says so of all in it."),
    whatToLabel(store),
    el("div", { className: "line" }, button("Most uncertain", next, "primary"), button("A spike (l)", () => give("spike")), button("None (k)", () => give("noise")), el("span", {}, other, " ", button("Give", own))),
    count,
  ];
}

/** Spikes, or windows of a length. */
function whatToLabel(store: Store): HTMLElement {
  const what = el("select", { id: "to-label" }, option("spikes"), option("windows"));
  const length = el("input", { type: "number", id: "label-window", value: "100", min: "1", step: "any", disabled: true });
  const settle = () => {
    length.disabled = what.value === "spikes";
    store.labelWindow = length.disabled ? 0 : Math.max(1, Number(length.value) || 100) / 1000;
    store.asked = null;
    store.touch("view");
  };
  what.addEventListener("change", settle);
  length.addEventListener("change", settle);
  return el("div", { className: "line" }, el("label", {}, "Label ", what), el("label", {}, "of ", length, " ms"));
}

function labelled(store: Store): string {
  const counts = new Map<string, number>();
  for (const label of store.table.column("label")) {
    if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const told = [...counts].map(([label, n]) => `${n} ${label}`).join(", ");
  return told ? `Labels: ${told}.` : "No labels yet; at least 10 are needed, 2 of each class.";
}

function teachPart(store: Store): HTMLElement[] {
  const name = el("input", { size: 16, id: "model-name", placeholder: "my-cell" });
  const progress = el("progress", { max: 1, value: 0, hidden: true, "aria-label": "progress of the training" });
  const told = el("p", { className: "said", id: "trained", "aria-live": "polite" });
  const changed = el("div", { className: "line" });
  const run = button("Train", () => void go(), "primary");
  run.id = "train";
  const go = async () => {
    if (!store.door) return;
    run.disabled = true;
    try {
      const job = await store.door.train(name.value.trim());
      // Shown once the server has taken it on: from here it goes on without this page.
      progress.hidden = false;
      const end = await follow(job, (now) => {
        // Learning itself does not say how far it is; the detection after it does.
        if (now.progress > 0) progress.value = now.progress;
        else progress.removeAttribute("value");
      });
      await refresh(store);
      if (end.result) show(end.result as Trained);
    } catch (why) {
      complain(why);
    }
    progress.hidden = true;
    run.disabled = false;
  };
  const show = (done: Trained) => {
    const kept = done.model ? ` The model is in ${done.model}; spikelens find --model applies it to other files.` : "";
    const off = done.n_off ? ` ${counted(done.n_off, "label")} on nothing the detector had seen taught nothing.` : "";
    const followed = `It follows ${done.n_followed} of them.`;
    told.textContent = `Taught by ${counted(done.n_labels, "label")}. ${followed}${off} ${counted(done.before.n, "spike")} before, ${done.after.n} after, ${done.changed.length} changed.${kept}`;
    changed.replaceChildren(walker(store, "changed by training", () => samplesOf(store.table, done.changed)));
  };
  return [
    el("h2", {}, "Teach"),
    el("div", { className: "line" }, el("label", { htmlFor: "model-name" }, "Save as"), name, run),
    progress,
    told,
    changed,
    el("div", { className: "line" }, walker(store, "model and hand differ", () => differing(store))),
  ];
}

/** Samples of the spikes on which the hand says otherwise than the method, in their order. */
async function differing({ door, table }: Store): Promise<number[]> {
  const { ids } = door ? await door.next("differ", 1000) : { ids: [] };
  return samplesOf(table, ids).sort((a, b) => a - b);
}

function samplesOf(table: SpikeTable, ids: number[]): number[] {
  return ids.map((id) => table.indexOf(id)).filter((row) => row >= 0).map((row) => table.samples[row]!);
}

/** Steps through places that are asked for anew each time, as they may have become fewer. */
function walker(store: Store, name: string, samples: () => number[] | Promise<number[]>): HTMLElement {
  const step = async () => {
    const at = store.walk?.name === name ? store.walk.at : -1;
    stepWalk(store, { name, samples: await samples(), at });
  };
  return button(`Step through: ${name} (w)`, () => void step().catch(complain));
}

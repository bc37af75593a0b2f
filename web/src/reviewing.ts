/** Review the doubtful, label, teach, and step through what changed or where model and hand differ. */

import { complain, follow, judge, setLabel, stepDoubtful, stepWalk } from "./actions";
import { el, say } from "./dom";
import { refresh } from "./opening";
import { digits } from "./si";
import type { Store } from "./store";

interface Trained {
  n_labels: number;
  changed: number[];
  before: { n: number };
  after: { n: number };
  converged: boolean;
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
    at.textContent = row < 0 ? "No spike at hand." : `At hand: ${state}, probability ${digits(p ?? Number.NaN, 2)}.`;
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
  const next = () => void nextToLabel(store);
  const give = (label: string) => void setLabel(store, label).then(next);
  store.on(["spikes", "rows"], () => (count.textContent = labelled(store)));
  const own = () => other.value.trim() && give(other.value.trim());
  return [
    el("h2", {}, "Label"),
    el("p", { className: "said" }, "What is at hand, one by one; those that teach most come first."),
    el("div", { className: "line" }, button("Most uncertain", next), button("A spike (l)", () => give("spike")), button("Noise (k)", () => give("noise")), el("span", {}, other, " ", button("Give", own))),
    count,
  ];
}

function labelled(store: Store): string {
  const counts = new Map<string, number>();
  for (const label of store.table.column("label")) {
    if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const told = [...counts].map(([label, n]) => `${n} ${label}`).join(", ");
  return told ? `Labels: ${told}.` : "No labels yet; at least 10 are needed, 2 of each class.";
}

async function nextToLabel(store: Store): Promise<void> {
  try {
    if (!store.door) return;
    const { ids, left } = await store.door.uncertain();
    const row = ids.length ? store.table.indexOf(ids[0]!) : -1;
    if (row < 0) return say("nothing is left to label");
    stepWalk(store, { name: `to label, ${left} left`, samples: [store.table.samples[row]!], at: -1 });
  } catch (why) {
    complain(why);
  }
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
    progress.hidden = false;
    try {
      const end = await follow(await store.door.train(name.value.trim()), (now) => (progress.value = now.progress));
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
    const settled = done.converged ? "" : " The fit did not settle; more labels help.";
    told.textContent = `Taught by ${done.n_labels} labels: ${done.before.n} spikes before, ${done.after.n} after, ${done.changed.length} changed.${settled}${kept}`;
    const samples = done.changed.map((id) => store.table.samples[store.table.indexOf(id)]).filter((s) => s !== undefined);
    changed.replaceChildren(walker(store, "changed by training", () => samples));
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

/** Where the hand says otherwise than the model's probability. */
export function differing({ table }: Store): number[] {
  const p = table.number("probability");
  const samples: number[] = [];
  for (let row = 0; p && row < table.length; row += 1) {
    const label = table.text("label", row);
    const byHand = table.text("author", row) === "person" || label !== "";
    const isSpike = label ? label !== "noise" : table.isSpike(row);
    if (byHand && p[row]! >= 0 && isSpike !== p[row]! >= 0.5) samples.push(table.samples[row]!);
  }
  return samples;
}

function walker(store: Store, name: string, samples: () => number[]): HTMLElement {
  return button(`Step through: ${name} (w)`, () => {
    const known = store.walk?.name === name ? store.walk : { name, samples: samples(), at: -1 };
    stepWalk(store, known);
  });
}

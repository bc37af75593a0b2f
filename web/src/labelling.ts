/** Labels, one by one: of spikes, or of windows that hold one or none; the most uncertain first. */

import { complain, edit, goToRow, setLabel, stepWalk } from "./actions";
import { say } from "./dom";
import type { Store } from "./store";
import { windowsToLabel } from "./windows";

/** Shows what is to be labelled next. */
export async function labelNext(store: Store): Promise<void> {
  try {
    if (store.labelWindow > 0) showWindow(store);
    else await showSpike(store);
  } catch (why) {
    complain(why);
  }
}

/** Labels the window that is asked for, or else what is selected, and goes on. */
export async function giveLabel(store: Store, label: string): Promise<void> {
  const { asked, table } = store;
  if (!asked) {
    if (!store.targets.length) return setLabel(store, label);
    await setLabel(store, label);
  } else {
    // A window with a spike says that its likeliest event is one; a window without says so of all in it.
    const rows = label === "noise" ? asked.rows : asked.rows.slice(0, 1);
    await edit(store, rows.map((row) => ({ do: "label", id: table.ids[row]!, label })), `window labelled ${label}`);
  }
  await labelNext(store);
}

async function showSpike(store: Store): Promise<void> {
  if (!store.door) return;
  const { ids, left } = await store.door.next("uncertain", 1);
  const row = ids.length ? store.table.indexOf(ids[0]!) : -1;
  if (row < 0) return say("nothing is left to label");
  stepWalk(store, { name: `to label, ${left} left`, samples: [store.table.samples[row]!], at: -1 });
}

function showWindow(store: Store): void {
  const length = Math.max(2, Math.round(store.labelWindow * store.rate));
  const left = windowsToLabel(store.table, store.sweeps, length);
  const next = left[0];
  if (!next) {
    store.asked = null;
    return say("no window is left to label");
  }
  goToRow(store, next.rows[0]!);
  const offset = store.offsetOf(store.sweep);
  store.range = { start: next.start - offset - length, stop: next.stop - offset + length };
  store.asked = next;
  store.touch("view", "selection");
  say(`is there a spike in this window? ${left.length} left: l a spike, k none`);
}

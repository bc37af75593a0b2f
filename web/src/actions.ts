/** What a person does: every edit goes to the server first, and is on the page when it is on the disk. */

import type { Edit, EditsAnswer, Job, SpikesAnswer } from "./contract";
import { byId, say } from "./dom";
import { showSample } from "./overview";
import { Failure, isAborted, job, type Door } from "./server";
import { counted } from "./si";
import { SpikeTable } from "./spikes";
import type { Store, Walk } from "./store";

/** Says what went wrong, where people look for it. */
export function complain(why: unknown): void {
  if (isAborted(why)) return;
  say(why instanceof Error ? why.message : String(why), true);
  const gone = why instanceof Failure && (why.isGone || why.status === 401);
  if (!gone) return;
  isCutOff = true;
  showBanner((why as Failure).message);
}

/** Whether the server has gone, or does not know this window any more. */
let isCutOff = false;

export function cutOff(): boolean {
  return isCutOff;
}

export function backAgain(): void {
  isCutOff = false;
}

/** Shows, or with nothing to say hides, what must stay in sight. */
export function showBanner(words: string): void {
  const banner = byId("banner");
  banner.textContent = words;
  banner.hidden = !words;
}

/** What every view needs; other columns are fetched when they are asked for. */
const COLUMNS = [
  "id", "sample_index", "time", "sweep", "height", "amplitude", "probability", "verdict", "state", "author", "kind", "label", "unit_id",
];

/** The table, once the detection that makes it is through. */
async function settledSpikes(door: Door, isWanted: () => boolean): Promise<SpikesAnswer> {
  const answer = await door.spikes(COLUMNS);
  if (!answer.job || answer.method || answer.error) return answer;
  say("finding spikes …");
  await follow(answer.job, (now) => isWanted() && say(`${now.words}: ${Math.round(100 * now.progress)} %`));
  return door.spikes(COLUMNS);
}

export async function loadSpikes(store: Store): Promise<void> {
  const door = store.door;
  if (!door) return;
  const answer = await settledSpikes(door, () => store.door === door);
  if (store.door !== door) return;
  const { excluded } = store.table;
  store.table = SpikeTable.of(answer);
  store.table.excluded = excluded;
  store.table.error = answer.error ?? "";
  store.selected = new Set([...store.selected].filter((id) => store.table.indexOf(id) >= 0));
  store.touch("spikes", "selection");
}

/** When every edit made so far has been answered. */
export function editsDone(): Promise<void> {
  return queue;
}

/** Edits one after the other, so that each knows the revision before it. */
let queue: Promise<void> = Promise.resolve();

function queued(store: Store, send: (door: Door) => Promise<EditsAnswer>, done: (answer: EditsAnswer) => void): Promise<void> {
  const { door } = store;
  if (!door) return Promise.resolve();
  queue = queue.then(async () => {
    try {
      const answer = await send(door);
      // Meanwhile another recording may have been opened; this one's edit is on the disk all the same.
      if (store.door !== door) return;
      take(store, answer);
      done(answer);
    } catch (why) {
      complain(why);
      if (why instanceof Failure && why.status === 409) await loadSpikes(store).catch(complain);
    }
  });
  return queue;
}

function take(store: Store, answer: EditsAnswer): void {
  store.begins("edit");
  store.table.revision = answer.revision;
  store.canUndo = answer.can_undo;
  store.canRedo = answer.can_redo;
  store.touch("session");
  if (answer.excluded) store.table.excluded = answer.excluded;
  store.table.apply(answer.changed);
  if (answer.names) store.table.called = answer.names;
  if (answer.columns?.["id"]) store.table.widen(answer.columns);
  const added = Object.entries(answer.changed).find(([, row]) => row?.["state"] === "added");
  if (added && store.table.text("state", store.table.indexOf(Number(added[0]))) === "added") store.current = Number(added[0]);
  store.touch("rows", "selection");
}

export function edit(store: Store, edits: Edit[], words: string): Promise<void> {
  if (!edits.length) return Promise.resolve();
  return queued(store, (door) => door.edits(store.table.revision, edits), () => say(words));
}

export function turn(store: Store, which: "undo" | "redo"): Promise<void> {
  return queued(store, (door) => door.turn(which, store.table.revision), ({ about }) => {
    showChanged(store, about);
    say(which === "undo" ? "undone" : "done again");
  });
}

/** Brings what an undo changed into view, if it is not there already. */
function showChanged(store: Store, about: number[]): void {
  const rows = about.map((id) => store.table.indexOf(id)).filter((row) => row >= 0);
  if (!rows.length) return;
  const ids = rows.map((row) => store.table.ids[row]!);
  const offset = store.offsetOf(store.sweep);
  const isSeen = (row: number) => {
    const at = store.table.samples[row]! - offset;
    return at >= store.range.start && at < store.range.stop;
  };
  if (!rows.some(isSeen)) goToRow(store, rows[0]!);
  store.current = ids[0]!;
  store.selected = new Set(ids.length > 1 ? ids : []);
  store.touch("selection");
}

/** One edit for each spike that is selected, or for the one at hand. */
function editChosen(store: Store, one: (id: number) => Edit, words: (count: string) => string): Promise<void> {
  const ids = store.targets;
  if (ids.length) return edit(store, ids.map(one), words(counted(ids.length, "spike")));
  say("select a spike first: n, or a click on one", true);
  return Promise.resolve();
}

/** Accepts or rejects what is selected, or the spike at hand. */
export function judge(store: Store, what: "accept" | "reject"): Promise<void> {
  return editChosen(store, (id) => ({ do: what, id }), (count) => `${count} ${what}ed`);
}

export function setKind(store: Store, kind: string): Promise<void> {
  const name = store.table.nameOf("kind", kind);
  return editChosen(store, (id) => ({ do: "kind", id, kind: Number(kind) }), (count) => `${count} made kind ${name}`);
}

export function setLabel(store: Store, label: string): Promise<void> {
  return editChosen(store, (id) => ({ do: "label", id, label }), (count) => `${count} labelled ${label}`);
}

/** Adds a spike at the pointer, or at the middle of the view when it is elsewhere. */
export function addSpike(store: Store): Promise<void> {
  const middle = (store.range.start + store.range.stop) / 2 + store.offsetOf(store.sweep);
  const at = Math.min(store.n - 1, Math.max(0, Math.round(store.cursor ?? middle)));
  return edit(store, [{ do: "add", sample_index: at }], "spike added at the nearest peak");
}

export function select(store: Store, id: number, extend = false): void {
  store.asked = null;
  if (!extend) store.selected.clear();
  else if (store.current >= 0) store.selected.add(store.current);
  if (extend) store.selected.has(id) && store.current !== id ? store.selected.delete(id) : store.selected.add(id);
  store.current = id;
  store.touch("selection");
}

/** Selects all of `ids`, the first of them at hand. */
export function selectMany(store: Store, ids: number[]): void {
  store.asked = null;
  store.selected = new Set(ids);
  store.current = ids[0] ?? -1;
  store.touch("selection");
  say(`${counted(ids.length, "spike")} selected`);
}

/** The next or previous spike, centred. */
export function stepSpike(store: Store, step: 1 | -1): void {
  const { table } = store;
  const row = store.currentRow;
  const middle = (store.range.start + store.range.stop) / 2 + store.offsetOf(store.sweep);
  const from = row >= 0 ? table.samples[row]! : middle;
  const next = table.step(from, step, (k) => table.isSpike(k));
  if (next < 0) return say(step > 0 ? "that was the last spike" : "that was the first spike");
  goToRow(store, next);
}

export function goToRow(store: Store, row: number, most = 20, wanted = 2): void {
  const { table } = store;
  store.asked = null;
  store.selected.clear();
  store.current = table.ids[row]!;
  bringNear(store, most, wanted);
  showSample(store, table.samples[row]!);
  store.touch("selection");
}

/** Closer, when a spike at hand would be lost in `most` seconds or more: then `wanted` seconds are shown. */
function bringNear(store: Store, most: number, wanted: number): void {
  const { start, stop } = store.range;
  if ((stop - start) / store.rate <= most) return;
  store.range = { start, stop: start + Math.min(store.extent, Math.max(64, wanted * store.rate)) };
}

/** The next step of a walk; `samples` that are no longer to be seen are passed over. */
export function stepWalk(store: Store, walk: Walk, step: 1 | -1 = 1): void {
  if (!walk.samples.length) return say(`${walk.name}: none`);
  walk.at = (walk.at + step + walk.samples.length) % walk.samples.length;
  const sample = walk.samples[walk.at]!;
  const row = store.table.nearest(sample, store.rate * 0.001);
  store.walk = walk;
  if (row >= 0) goToRow(store, row, 0.5, 0.2);
  else showSample(store, sample);
  store.touch("walk", "view");
  say(`${walk.name}: ${walk.at + 1} of ${walk.samples.length}`);
}

/** The most doubtful spike that nobody has judged. */
export function stepDoubtful(store: Store): void {
  const rows = store.table.doubtful();
  if (!rows.length) return say("no doubtful spike is left");
  const here = store.currentRow;
  const at = rows.indexOf(here);
  goToRow(store, rows[(at + 1) % rows.length]!, 0.5, 0.2);
  const p = store.table.number("probability")![store.currentRow]!;
  say(`probability ${p.toFixed(2)}, ${rows.length} doubtful left: y accepts, x rejects, u is the next`);
}

const PAUSE = 150;

/** Asks after a job until it ends; throws when it failed. */
export async function follow(id: string, heard: (job: Job) => void): Promise<Job> {
  for (;;) {
    const now = await job(id);
    heard(now);
    if (now.state === "failed") throw new Error(now.error ?? now.words);
    if (now.state !== "running") return now;
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
}

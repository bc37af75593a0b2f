/** Opening a recording, and keeping up with the server. */

import { backAgain, complain, cutOff, editsDone, loadSpikes, showBanner } from "./actions";
import type { Facts, RecordingEntry } from "./contract";
import { byId, option, say } from "./dom";
import { sweepsOf } from "./range";
import { Door, Failure, recordings } from "./server";
import { counted, digits } from "./si";
import { SpikeTable } from "./spikes";
import type { Store } from "./store";
import { Tiles } from "./tiles";
import { forgetRanges } from "./trace";

const RETRY = 1500;
let stopListening = () => {};

/** Fills the list; returns the id of the first recording, or of the one the address names. */
export async function listRecordings(store: Store): Promise<string | null> {
  const { recordings: list } = await recordings();
  const choice = byId<HTMLSelectElement>("recordings");
  choice.replaceChildren(...list.map((r: RecordingEntry) => option(r.id, r.name)));
  choice.addEventListener("change", () => void openRecording(store, choice.value).catch(complain));
  const named = new URLSearchParams(location.hash.slice(1)).get("recording");
  return list.find((r) => r.id === named)?.id ?? list[0]?.id ?? null;
}

export async function openRecording(store: Store, id: string): Promise<void> {
  const door = new Door(id);
  store.door = door;
  busy(true);
  try {
    await opening(store, door);
  } finally {
    if (store.door === door) busy(false);
  }
}

/** Whether a recording is still being opened, for those who do not see it. */
function busy(is: boolean): void {
  document.body.setAttribute("aria-busy", String(is));
}

async function opening(store: Store, door: Door): Promise<void> {
  stopListening();
  store.tiles?.clear();
  say("opening …");
  showBanner("");
  byId<HTMLSelectElement>("recordings").value = door.id;
  location.replace(`#recording=${encodeURIComponent(door.id)}`);
  let facts: Facts;
  try {
    facts = await door.facts();
  } catch (why) {
    clear(store);
    throw why;
  }
  if (store.door !== door) return;
  take(store, facts, door);
  // The connection of the stream stays: few are allowed at once, so it comes after what is needed.
  await loadSpikes(store);
  // What was not settled before the detection is now: the channel, the mode, the polarity.
  if (facts.job && store.door === door) await refreshFacts(store);
  if (store.door !== door) return;
  stopListening = door.listen((kind, data) => heard(store, kind, data));
  tellOf(store);
  tellOfRefusal(store);
}

/** What is first to know of a recording: what went wrong, what its session had to say, or how many spikes it has. */
function tellOf({ table, facts }: Store): void {
  const error = table.error && `${table.error}. On this page: Detect, "Channel, mode and polarity".`;
  const why = [error, ...(facts?.session.reported ?? [])].filter(Boolean).join(" ");
  const from = facts?.given?.is_shown ? ` of ${facts.given.name}` : "";
  say(why || `${facts?.name}: ${counted(table.spikes().length, "spike")}${from}`, why !== "");
}

/** A session that takes no edits is told of as long as it is open. */
function tellOfRefusal({ facts }: Store): void {
  const { refused, reported } = facts?.session ?? { refused: false, reported: [] };
  showBanner(refused ? `Nothing you do here can be kept: ${reported[reported.length - 1]}` : "");
}

/** A tile that is still to be built is nothing to tell of. */
function tileFailed(why: unknown): void {
  if (!(why instanceof Failure && why.status === 404)) complain(why);
}

function clear(store: Store): void {
  store.facts = null;
  store.tiles = null;
  store.table = new SpikeTable();
  store.canUndo = store.canRedo = false;
  byId("summary").textContent = "";
  store.touch("recording", "spikes");
}

function take(store: Store, facts: Facts, door: Door): void {
  store.facts = facts;
  store.sweeps = sweepsOf(facts.sweeps, facts.time_base, facts.sampling_rate);
  forgetRanges();
  store.tiles = new Tiles((path, signal) => door.bytes(path, signal), () => store.touch("tiles"), tileFailed);
  store.table = new SpikeTable();
  store.table.excluded = facts.excluded ?? [];
  store.mode = "chained";
  store.sweep = 0;
  store.filter = store.filterWords = "";
  store.shown = new Set([String(facts.channel), ...(facts.stimulus ? ["stimulus"] : [])]);
  store.ticked.clear();
  store.onlyTicked = false;
  store.heights.clear();
  store.range = { start: 0, stop: facts.n_samples };
  store.current = -1;
  store.selected.clear();
  store.preview = store.cutoff = store.waves = store.walk = store.asked = null;
  store.canUndo = facts.session.can_undo;
  store.canRedo = facts.session.can_redo;
  document.title = `${facts.name} – Spikelens`;
  summarise(facts);
  byId("trace").setAttribute("aria-label", `Trace of ${facts.name}; arrows pan and zoom, n and p step through spikes, ? lists all keys`);
  store.touch("recording", "view", "session");
}

function summarise(facts: Facts): void {
  const sweeps = facts.sweeps.bounds.length - 1;
  const many = sweeps > 1 ? ` in ${sweeps} sweeps` : "";
  const warning = facts.warnings.length ? `. ${facts.warnings[0]}` : "";
  byId("summary").textContent = `${digits(facts.duration, 5)} s${many}, ${digits(facts.sampling_rate / 1000, 5)} kHz, ${facts.mode}${warning}`;
}

/** What the server tells by itself: another window's edits, jobs, a pyramid that grows. */
function heard(store: Store, kind: string, data: Record<string, unknown>): void {
  if (kind === "revision") void editsDone().then(() => (data["revision"] === store.table.revision ? undefined : catchUp(store)));
  if (kind === "pyramid") {
    store.tiles?.retry();
    store.touch("tiles");
  }
}

async function catchUp(store: Store): Promise<void> {
  try {
    await refresh(store);
    say("brought up to date with another window");
  } catch (why) {
    complain(why);
  }
}

async function refreshFacts(store: Store): Promise<void> {
  if (!store.door) return;
  const facts = await store.door.facts();
  const isMoved = facts.channel !== store.facts?.channel;
  if (isMoved) store.shown.delete(store.mainTrace);
  store.facts = facts;
  summarise(facts);
  store.shown.add(store.mainTrace);
  store.table.excluded = facts.excluded ?? [];
  store.canUndo = facts.session.can_undo;
  store.canRedo = facts.session.can_redo;
  if (isMoved) store.heights.clear();
  if (isMoved) store.touch("recording");
  store.touch("session", "lanes", "spikes");
}

export async function refresh(store: Store): Promise<void> {
  await refreshFacts(store);
  await loadSpikes(store);
}

/** After the server has gone: tries until it is back, then shows what it has kept. */
export function keepTrying(store: Store): void {
  setInterval(() => {
    if (!cutOff() || !store.door) return;
    refresh(store).then(
      () => {
        backAgain();
        tellOfRefusal(store);
        store.tiles?.retry();
        store.touch("tiles");
        say("the server is back; everything acknowledged is there");
      },
      (why: unknown) => {
        if (!(why instanceof Failure)) complain(why);
      },
    );
  }, RETRY);
}

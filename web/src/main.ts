/** The viewer's page: opens a recording, and lets its parts know of each other. */

import { complain, edit, turn } from "./actions";
import { bar } from "./bar";
import { byId, penOf, say, settled, soon } from "./dom";
import { exporting } from "./exporting";
import { LEFT, RIGHT } from "./layout";
import { listenToKeys, tellKeys } from "./keys";
import { overview } from "./overview";
import { setTheme } from "./palette";
import { panels } from "./panels";
import { sidePlots } from "./plots/side";
import { wavePlots } from "./plots/waves";
import { pointers } from "./pointer";
import { clamped, type Range } from "./range";
import { readout } from "./readout";
import { keepTrying, listRecordings, openRecording } from "./opening";
import * as server from "./server";
import { Store } from "./store";
import { drawTrace, isThere, tilesInStock, tilesWanted, type Frame } from "./trace";

const store = new Store();
/** A view that stays so long has its neighbours fetched, ms; one that is panned, at once. */
const REST = 80;
/** So long after a picture is whole the coarse levels are fetched, unless they are there, ms. */
const SOON = 300;
/** A zoom by more than this at once is a jump: a turn of the wheel is less. */
const CLOSER = 4;

function isSame(one: Range, other: Range): boolean {
  return one.start === other.start && one.stop === other.stop;
}

/** Whether one view is another moved a little. */
function isPanned(one: Range, other: Range): boolean {
  const [was, is] = [one.stop - one.start, other.stop - other.start];
  return !isSame(one, other) && !isJump(one, other) && Math.abs(is / was - 1) < 1e-6;
}

/** Whether two views share nothing, or one is so much closer that it hardly shows the other. */
function isJump(one: Range | undefined, other: Range): boolean {
  if (one === undefined) return false;
  const zoom = (other.stop - other.start) / (one.stop - one.start);
  return other.start >= one.stop || other.stop <= one.start || Math.max(zoom, 1 / zoom) > CLOSER;
}

function traceCanvas(): void {
  const canvas = byId<HTMLCanvasElement>("trace");
  let frame: Frame | null = null;
  const want = (ahead: boolean) => {
    store.range = clamped(store.range, Math.max(1, store.extent));
    store.tiles?.want(tilesWanted(store, canvas.clientWidth - LEFT - RIGHT, ahead));
  };
  store.hurry = () => {
    want(false);
    // A picture that was panned or zoomed a little follows at once, by what is known; a new place is awaited.
    return !isJump(frame?.range, store.range) || isThere(store, canvas.clientWidth - LEFT - RIGHT);
  };
  // Neighbours come last: what is in view must not wait for them, nor what is asked for next.
  const wantAhead = settled(REST, () => frame?.isComplete && want(true));
  const fillStock = soon(SOON, () => store.tiles?.stock.lay(tilesInStock(store)));
  const draw = (changed?: ReadonlySet<string>) => {
    const isTilesAlone = changed?.size === 1 && changed.has("tiles");
    // A tile that came for later changes nothing in a picture that lacks none; one that could not be had is asked for again.
    if (isTilesAlone && frame?.isComplete && isSame(frame.range, store.range)) return wantAhead();
    store.range = clamped(store.range, Math.max(1, store.extent));
    const { pen, width, height } = penOf(canvas);
    if (width < 80) return;
    const isPan = frame !== null && isPanned(frame.range, store.range);
    frame = drawTrace(pen, width, height, store);
    if (frame.isComplete) {
      store.ends("view");
      fillStock();
    }
    want(frame.isComplete && isPan);
    wantAhead();
  };
  store.on(["recording", "view", "tiles", "spikes", "rows", "selection", "preview", "theme", "lanes"], draw);
  new ResizeObserver(() => draw()).observe(canvas);
  pointers(canvas, store, () => frame);
  // What a test or a benchmark may look at.
  Object.assign(window, { spikelens: { store, frame: () => frame } });
}

function tools(): void {
  const [undo, redo] = [byId<HTMLButtonElement>("undo"), byId<HTMLButtonElement>("redo")];
  undo.addEventListener("click", () => void turn(store, "undo"));
  redo.addEventListener("click", () => void turn(store, "redo"));
  store.on(["session", "recording"], () => {
    undo.disabled = !store.canUndo;
    redo.disabled = !store.canRedo;
  });
  byId("export").addEventListener("click", () => store.facts && exporting(store));
  byId("keys").addEventListener("click", tellKeys);
  byId("theme").addEventListener("click", () => {
    const wanted = document.documentElement.dataset["theme"] === "dark" ? "light" : "dark";
    localStorage.setItem("theme", wanted);
    setTheme(wanted);
    store.touch("theme");
  });
  document.addEventListener("pointerdown", (event) => closeMenus(event.target as Node));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
  document.addEventListener("include", (event) => {
    const { start, stop } = (event as CustomEvent<{ start: number; stop: number }>).detail;
    void edit(store, [{ do: "include", start, stop }], "taken in again");
  });
}

/** Closes every menu but the one that holds a node. */
function closeMenus(within: Node | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) if (!menu.contains(within)) menu.open = false;
}

async function begin(): Promise<void> {
  setTheme(localStorage.getItem("theme"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    setTheme(localStorage.getItem("theme"));
    store.touch("theme");
  });
  overview(byId<HTMLCanvasElement>("overview"), store);
  traceCanvas();
  readout(byId("readout"), store);
  bar(store);
  panels(store);
  wavePlots(byId("plots"), store);
  sidePlots(byId("plots"), store);
  tools();
  listenToKeys(store);
  keepTrying(store);
  store.methods = await server.methods();
  const first = await listRecordings(store);
  if (first) await openRecording(store, first);
  else say("no recording was named on the command line", true);
}

begin().catch(complain);

/** The viewer's page: opens a recording, and lets its parts know of each other. */

import { complain, edit, turn } from "./actions";
import { bar } from "./bar";
import { byId, penOf, say } from "./dom";
import { exporting } from "./exporting";
import { LEFT, RIGHT } from "./layout";
import { listenToKeys, tellKeys } from "./keys";
import { overview } from "./overview";
import { setTheme } from "./palette";
import { panels } from "./panels";
import { sidePlots } from "./plots/side";
import { wavePlots } from "./plots/waves";
import { pointers } from "./pointer";
import { clamped } from "./range";
import { readout } from "./readout";
import { keepTrying, listRecordings, openRecording } from "./opening";
import * as server from "./server";
import { Store } from "./store";
import { drawTrace, tilesWanted, type Frame } from "./trace";

const store = new Store();

function traceCanvas(): void {
  const canvas = byId<HTMLCanvasElement>("trace");
  let frame: Frame | null = null;
  const want = (ahead: boolean) => {
    store.range = clamped(store.range, Math.max(1, store.extent));
    store.tiles?.want(tilesWanted(store, canvas.clientWidth - LEFT - RIGHT, ahead));
  };
  store.hurry = () => want(false);
  const draw = () => {
    const { pen, width, height } = penOf(canvas);
    if (width < 80) return;
    store.range = clamped(store.range, Math.max(1, store.extent));
    frame = drawTrace(pen, width, height, store);
    if (frame.isComplete) store.ends("view");
    // Neighbours come last: what is in view must not wait for them.
    want(frame.isComplete);
  };
  store.on(["recording", "view", "tiles", "spikes", "rows", "selection", "preview", "theme", "lanes"], draw);
  new ResizeObserver(draw).observe(canvas);
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

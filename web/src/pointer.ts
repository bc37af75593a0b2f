/** Pointer on the trace: wheel zooms at it, drag pans, moves a spike or the cutoff; click selects. */

import { edit, select } from "./actions";
import { LEFT, RIGHT, type Lane, type Strip } from "./layout";
import { baseOf, cutoffY, markOf } from "./marks";
import { panned, zoomed } from "./range";
import type { Store } from "./store";
import type { Frame } from "./trace";

const NEAR = 9;

interface Held {
  what: "pan" | "spike" | "cutoff";
  x: number;
  y: number;
  moved: boolean;
  id: number;
}

export function pointers(canvas: HTMLCanvasElement, store: Store, frame: () => Frame | null): void {
  const fingers = new Map<number, PointerEvent>();
  let held: Held | null = null;
  canvas.addEventListener("wheel", (event) => wheel(event, canvas, store, frame()), { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    fingers.set(event.pointerId, event);
    held = grasp(event, store, frame());
    canvas.classList.toggle("dragging", held?.what === "pan");
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = frame();
    if (!now) return;
    hover(event, canvas, store, now, held);
    if (fingers.size === 2 && fingers.has(event.pointerId)) pinch(event, fingers, store, now);
    else if (held) drag(event, held, store, now);
  });
  const release = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    canvas.classList.remove("dragging");
    const now = frame();
    if (held && now && event.type === "pointerup") finish(event, held, store, now);
    held = null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => {
    store.cursor = null;
    store.touch("cursor");
  });
  canvas.addEventListener("dblclick", () => {
    store.heights.clear();
    store.touch("view");
  });
}

function positionAt(event: MouseEvent, frame: Frame): number {
  return frame.range.start + (event.offsetX - LEFT) / frame.perSample;
}

function stripAt(event: MouseEvent, frame: Frame): Strip | undefined {
  const inside = frame.strips.filter((s) => event.offsetY >= s.top && event.offsetY < s.top + s.height);
  return inside[inside.length - 1] ?? frame.strips[frame.strips.length - 1];
}

/** The sample of the file under the pointer. */
function sampleUnder(event: MouseEvent, frame: Frame): number | null {
  const strip = stripAt(event, frame);
  if (!strip || event.offsetX < LEFT || event.offsetX > frame.width - RIGHT) return null;
  return Math.min(strip.to - 1, Math.max(strip.from, Math.round(strip.offset + positionAt(event, frame))));
}

function laneAt(event: MouseEvent, frame: Frame): Lane | undefined {
  return frame.lanes.find((l) => event.offsetY < l.top + l.height) ?? frame.lanes[frame.lanes.length - 1];
}

function wheel(event: WheelEvent, canvas: HTMLCanvasElement, store: Store, frame: Frame | null): void {
  event.preventDefault();
  if (!frame) return;
  // Browsers turn shift+wheel into a wheel sideways.
  const turned = (event.deltaY || event.deltaX) * (event.deltaMode === 1 ? 30 : 1);
  const factor = Math.exp(Math.max(-1, Math.min(1, turned * 0.0018)));
  if (event.shiftKey) scaleY(event, store, frame, factor);
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    store.range = panned(store.range, event.deltaX / frame.perSample, store.extent);
  } else store.range = zoomed(store.range, positionAt(event, frame), factor, store.extent);
  canvas.dataset["touched"] = "1";
  store.touch("view");
}

/** Scales the lane under the pointer, the value there staying where it is. */
function scaleY(event: WheelEvent, store: Store, frame: Frame, factor: number): void {
  const lane = laneAt(event, frame);
  if (!lane) return;
  const strip = lane.trace === store.mainTrace ? stripAt(event, frame)! : lane;
  const up = Math.min(1, Math.max(0, 1 - (event.offsetY - strip.top) / strip.height));
  scaleLane(store, lane.trace, factor, up);
}

/** Scales a trace by `factor` about a height (0 the foot, 1 the top of its lane). */
export function scaleLane(store: Store, trace: string, factor: number, up = 0.5): void {
  const known = store.heights.get(trace) ?? { factor: 1, shift: 0 };
  const wanted = Math.min(4, Math.max(1e-4, known.factor * factor));
  const shift = known.shift + (up - 0.5) * (known.factor - wanted) * 1.12;
  store.heights.set(trace, { factor: wanted, shift });
  store.touch("view");
}

function rowNear(event: MouseEvent, store: Store, frame: Frame): number {
  const strip = stripAt(event, frame);
  const sample = sampleUnder(event, frame);
  if (!strip || sample === null) return -1;
  const row = store.table.nearest(sample, (NEAR + 3) / frame.perSample);
  const place = row >= 0 ? markOf(frame, strip, store, store.table.samples[row]!) : null;
  return place && Math.hypot(place[0] - event.offsetX, place[1] - event.offsetY) < NEAR + 4 ? row : -1;
}

function onCutoff(event: MouseEvent, store: Store, frame: Frame): boolean {
  const place = cutoffY(frame, store);
  return place !== null && Math.abs(place.y - event.offsetY) < 6;
}

function grasp(event: PointerEvent, store: Store, frame: Frame | null): Held | null {
  if (!frame) return null;
  const row = rowNear(event, store, frame);
  const what = row >= 0 ? "spike" : onCutoff(event, store, frame) ? "cutoff" : "pan";
  return { what, x: event.offsetX, y: event.offsetY, moved: false, id: row >= 0 ? store.table.ids[row]! : -1 };
}

function hover(event: PointerEvent, canvas: HTMLCanvasElement, store: Store, frame: Frame, held: Held | null): void {
  store.cursor = sampleUnder(event, frame);
  store.touch("cursor");
  if (held) return;
  const row = rowNear(event, store, frame);
  canvas.classList.toggle("on-mark", row >= 0);
  canvas.classList.toggle("on-line", row < 0 && onCutoff(event, store, frame));
}

function drag(event: PointerEvent, held: Held, store: Store, frame: Frame): void {
  const dx = event.offsetX - held.x;
  if (Math.abs(dx) + Math.abs(event.offsetY - held.y) > 3) held.moved = true;
  if (!held.moved) return;
  if (held.what === "pan") {
    store.range = panned(store.range, -dx / frame.perSample, store.extent);
    held.x = event.offsetX;
    store.touch("view");
  } else if (held.what === "cutoff") dragCutoff(event, store, frame);
}

function dragCutoff(event: PointerEvent, store: Store, frame: Frame): void {
  const place = cutoffY(frame, store);
  if (!place || !store.cutoff) return;
  const share = 1 - (event.offsetY - place.strip.top) / place.strip.height;
  const value = place.lane.low + share * (place.lane.high - place.lane.low) - baseOf(frame, store);
  const step = 10 ** Math.floor(Math.log10((place.lane.high - place.lane.low) / 200));
  const round = Number((Math.round(value / step) * step).toPrecision(6));
  store.cutoff.value = store.cutoff.relative ? Math.max(step, round) : round;
  store.touch("preview");
  document.dispatchEvent(new CustomEvent("cutoff"));
}

function finish(event: PointerEvent, held: Held, store: Store, frame: Frame): void {
  if (held.what === "spike" && held.moved) {
    const to = sampleUnder(event, frame);
    if (to !== null) void edit(store, [{ do: "move", id: held.id, to }], "spike moved");
  } else if (!held.moved && held.id >= 0) select(store, held.id, event.shiftKey || event.ctrlKey || event.metaKey);
  else if (!held.moved && store.mode === "overlaid") return;
  else if (!held.moved && store.mode === "stacked") store.sweep = Math.max(0, stripAt(event, frame)?.sweep ?? 0);
  store.touch("view");
}

/** Two fingers: zoom about their middle, pan with it. */
function pinch(event: PointerEvent, fingers: Map<number, PointerEvent>, store: Store, frame: Frame): void {
  const other = [...fingers.values()].find((f) => f.pointerId !== event.pointerId);
  const before = fingers.get(event.pointerId);
  fingers.set(event.pointerId, event);
  if (!other || !before) return;
  const was = Math.max(10, Math.abs(before.offsetX - other.offsetX));
  const is = Math.max(10, Math.abs(event.offsetX - other.offsetX));
  const middle = frame.range.start + ((event.offsetX + other.offsetX) / 2 - LEFT) / frame.perSample;
  store.range = panned(zoomed(store.range, middle, was / is, store.extent), (before.offsetX - event.offsetX) / 2 / frame.perSample, store.extent);
  store.touch("view");
}

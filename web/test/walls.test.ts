import assert from "node:assert/strict";
import test from "node:test";
import { around } from "../src/around";
import { intervals } from "../src/bins";
import type { EventMark, SpikesAnswer } from "../src/contract";
import { SpikeTable } from "../src/spikes";
import { observedIn, wallsOf } from "../src/walls";
import { windowsToLabel } from "../src/windows";

const blank = (start: number, stop: number): EventMark => ({ start, stop, label: "blank", value: null, source: "ttl" });
const tag: EventMark = { start: 3, stop: 90, label: "drug", value: null, source: "tag" };

test("walls are what was left out and what was blanked, those that touch made one", () => {
  const walls = wallsOf([{ start: 50, stop: 60, reason: "" }], [blank(20, 30), tag, blank(55, 70), blank(80, 80)]);
  assert.deepEqual(walls, [[20, 30], [50, 70]]);
  assert.deepEqual(wallsOf([], []), []);
});

test("observed time agrees with counting sample by sample", () => {
  const walls = wallsOf([], [blank(20, 30), blank(50, 70)]);
  for (const [a, b] of [[0, 100], [25, 55], [20, 30], [30, 50], [69, 71], [80, 60]] as const) {
    let n = 0;
    for (let s = a; s < b; s += 1) n += Number(!walls.some(([from, to]) => s >= from && s < to));
    assert.equal(observedIn(walls, a, b), n);
  }
});

test("a rate around events is of observed time, and of none where there is none", () => {
  const sweeps = { bounds: [0, 1000], starts: [0], sampling_rate: 100 };
  const window = { before: 0, after: 0.3, bin: 0.1 };
  const walls = wallsOf([], [blank(110, 120), blank(125, 130)]);
  const found = around([100], [105, 122], { sweeps, walls }, window);
  assert.deepEqual(found.rate.map((r) => Math.round(r)), [10, Number.NaN, 20]);
});

function tableOf(samples: number[], probability: number[], label: string[] = []): SpikeTable {
  const n = samples.length;
  const columns = {
    id: samples, sample_index: samples, probability, sweep: samples.map(() => 0),
    state: probability.map((p) => (p >= 0.5 ? "accepted" : "candidate")),
    label: Array.from({ length: n }, (_, k) => label[k] ?? ""), kind: samples.map(() => null), author: samples.map(() => "method"),
  };
  return SpikeTable.of({ revision: 0, columns, units: {}, method: "adaptive", parameters: {} } as SpikesAnswer);
}

test("no interval reaches across a wall", () => {
  const table = tableOf([10, 40, 90], [1, 1, 1]);
  assert.deepEqual([...intervals(table, 10, []).values], [3, 5]);
  assert.deepEqual([...intervals(table, 10, [[20, 30]]).values], [5]);
});

test("windows to label hold a candidate that is not judged, the most uncertain first, and stay within sweeps", () => {
  const table = tableOf([10, 12, 110, 255, 310], [0.9, 0.2, 0.5, 0.4, 0.45], ["", "", "", "", "noise"]);
  const found = windowsToLabel(table, { bounds: [0, 250, 400], starts: [0, 250], sampling_rate: 1 }, 100);
  assert.deepEqual(found.map((w) => [w.start, w.stop]), [[100, 200], [0, 100]]);
  assert.deepEqual(found[1]!.rows, [0, 1]);
  const others = windowsToLabel(table, { bounds: [0, 250, 400], starts: [0, 250], sampling_rate: 1 }, 50);
  assert.deepEqual(others.map((w) => [w.start, w.stop]), [[100, 150], [250, 300], [0, 50]]);
});

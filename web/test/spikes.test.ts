import assert from "node:assert/strict";
import test from "node:test";
import { around } from "../src/around";
import { histogram, intervals, linearEdges, logEdges } from "../src/bins";
import type { Cell, SpikesAnswer } from "../src/contract";
import { SpikeTable } from "../src/spikes";

function answer(samples: number[], more: Record<string, Cell[]> = {}): SpikesAnswer {
  const columns = {
    id: samples.slice(),
    sample_index: samples.slice(),
    state: samples.map(() => "accepted"),
    sweep: samples.map(() => 0),
    author: samples.map(() => "method"),
    label: samples.map(() => ""),
    ...more,
  };
  return { revision: 1, columns, units: { height: "V" }, method: "level", parameters: {} };
}

test("steps, nearest rows and bounds agree with a plain search", () => {
  const samples = [5, 9, 9, 20, 50];
  const table = SpikeTable.of(answer(samples));
  for (let s = 0; s < 60; s += 1) {
    assert.equal(table.lowerBound(s), samples.filter((v) => v < s).length);
    const next = samples.findIndex((v) => v > s);
    assert.equal(table.step(s, 1, () => true), next);
    const before = samples.filter((v) => v < s).length - 1;
    assert.equal(table.step(s, -1, () => true), before);
  }
  assert.equal(table.nearest(18, 5), 3);
  assert.equal(table.nearest(30, 5), -1);
  assert.equal(table.nearest(18, 20, (row) => row < 3), 2);
});

test("edits change rows in place, bring new ones and take old ones away", () => {
  const table = SpikeTable.of(answer([10, 20, 30], { height: [0.1, 0.2, null] }));
  table.apply({ 20: { state: "rejected" } });
  assert.deepEqual([...table.spikes()], [0, 2]);
  table.apply({ 15: { id: 15, sample_index: 15, state: "added", height: 0.5, author: "person" }, 30: { height: 0.3 } });
  assert.deepEqual([...table.samples], [10, 15, 20, 30]);
  assert.equal(table.cell("height", table.indexOf(15)), 0.5);
  assert.equal(table.cell("height", table.indexOf(30)), 0.3);
  assert.equal(table.text("state", table.indexOf(20)), "rejected");
  table.apply({ 10: { sample_index: 25 }, 15: null });
  assert.deepEqual([...table.ids], [20, 10, 30]);
  assert.deepEqual([...table.samples], [20, 25, 30]);
  assert.equal(table.indexOf(15), -1);
});

test("rows in stretches that are left out are no spikes, and no interval crosses one", () => {
  const table = SpikeTable.of(answer([10, 20, 30, 40]));
  assert.deepEqual([...intervals(table, 10, []).values], [1, 1, 1]);
  table.excluded = [{ start: 20, stop: 30, reason: "lost" }];
  assert.deepEqual([...table.spikes()], [0, 2, 3]);
  assert.deepEqual([...intervals(table, 10, [[20, 30]]).values], [1]);
  assert.deepEqual([...intervals(table, 10, [[20, 30]]).rows], [3]);
  table.excluded = [];
  assert.equal(table.spikes().length, 4);
});

test("no interval crosses a sweep", () => {
  const table = SpikeTable.of(answer([10, 20, 30], { sweep: [0, 1, 1] }));
  assert.deepEqual([...intervals(table, 10, []).values], [1]);
});

test("the most doubtful come first, and what a hand has judged is settled", () => {
  const p = [0.04, 0.3, 0.55, 0.96, 0.5, null, 0.7];
  const n = p.length;
  const author = Array.from({ length: n }, (_, k) => (k === 4 ? "person" : "method"));
  const label = Array.from({ length: n }, (_, k) => (k === 6 ? "spike" : ""));
  const table = SpikeTable.of(answer(p.map((_, k) => 10 * k), { probability: p, author, label }));
  assert.deepEqual(table.doubtful(), [2, 1]);
});

test("a column fetched later is aligned by id", () => {
  const table = SpikeTable.of({ ...answer([10, 20]), units: { width: "s" } });
  assert.ok(table.names.includes("width") && table.lacks("width"));
  table.add("width", [20, 10], [0.002, 0.001]);
  assert.equal(table.cell("width", table.indexOf(20)), 0.002);
  assert.equal(table.lacks("width"), false);
});

test("every value within the edges is counted once", () => {
  const values = Array.from({ length: 500 }, (_, k) => (k * 37) % 101);
  const { counts } = histogram(values, linearEdges(0, 100, 13));
  assert.equal(counts.reduce((a, b) => a + b), values.filter((v) => v <= 100).length);
  assert.deepEqual([...histogram([0, 0.5, 1, 2, Number.NaN, -1], linearEdges(0, 2, 2)).counts], [2, 2]);
  const edges = logEdges(0.001, 1, 10);
  assert.ok(edges[0]! <= 0.001 && edges[edges.length - 1]! >= 1);
});

test("spikes around events stay within the event's sweep, and unrecorded time is no silence", () => {
  const sweeps = { bounds: [0, 100, 200], starts: [0, 90], sampling_rate: 100 };
  const found = around([90, 150], [85, 95, 105, 155, 160], { sweeps, walls: [] }, { before: 0.1, after: 0.2, bin: 0.1 });
  assert.deepEqual(found.trials, [0, 0, 1, 1]);
  assert.deepEqual(found.times.map((t) => Number(t.toFixed(2))), [-0.05, 0.05, 0.05, 0.1]);
  // The last bin of the first event lies past its sweep: only the second event counts there.
  assert.deepEqual(found.rate.map((r) => Math.round(r)), [5, 10, 10]);
});

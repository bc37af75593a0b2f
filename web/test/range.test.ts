import assert from "node:assert/strict";
import test from "node:test";
import { centred, clamped, panned, sampleAt, sweepAt, sweepsOf, timeOf, zoomed } from "../src/range";

test("zooming keeps the sample under the pointer where it is", () => {
  for (const factor of [0.1, 0.5, 0.9, 1.3]) {
    const range = { start: 4000, stop: 6000 };
    const after = zoomed(range, 4500, factor, 1e6);
    const share = (4500 - after.start) / (after.stop - after.start);
    assert.ok(Math.abs(share - 0.25) < 1e-9, String(factor));
  }
});

test("a view stays within the recording and never closes", () => {
  assert.deepEqual(panned({ start: 0, stop: 100 }, -50, 1000), { start: 0, stop: 100 });
  assert.deepEqual(panned({ start: 900, stop: 1000 }, 50, 1000), { start: 900, stop: 1000 });
  assert.deepEqual(zoomed({ start: 0, stop: 500 }, 250, 100, 1000), { start: 0, stop: 1000 });
  const least = zoomed({ start: 500, stop: 520 }, 510, 1e-6, 1000);
  assert.equal(least.stop - least.start, 16);
  assert.deepEqual(clamped({ start: 3, stop: 4 }, 5), { start: 0, stop: 5 });
});

test("centring puts a sample in the middle, but not past the ends", () => {
  assert.deepEqual(centred({ start: 0, stop: 100 }, 500, 1000), { start: 450, stop: 550 });
  assert.deepEqual(centred({ start: 0, stop: 100 }, 10, 1000), { start: 0, stop: 100 });
});

const CHAINED = sweepsOf({ bounds: [0, 100, 300], start_times: [0, null] }, "chained", 100);
const APART = sweepsOf({ bounds: [0, 100, 300], start_times: [0, 90] }, "recorded", 100);

test("samples and times belong together, on both clocks", () => {
  assert.equal(timeOf(CHAINED, 150), 1.5);
  assert.equal(timeOf(APART, 150), 90.5);
  for (const sweeps of [CHAINED, APART]) {
    for (let sample = 0; sample < 300; sample += 7) assert.equal(sampleAt(sweeps, timeOf(sweeps, sample)), sample);
  }
});

test("times in a gap go to the end of the sweep before it", () => {
  assert.equal(sampleAt(APART, 45), 99);
  assert.equal(sampleAt(APART, 1e6), 299);
  assert.equal(sampleAt(APART, -5), 0);
});

test("each sample is in one sweep", () => {
  const bounds = [0, 1, 5, 6, 100];
  const found = Array.from({ length: 101 }, (_, s) => sweepAt(bounds, s));
  found.forEach((k, s) => s < 100 && assert.ok(bounds[k]! <= s && s < bounds[k + 1]!));
  assert.equal(found[100], 3);
});

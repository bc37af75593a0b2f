import assert from "node:assert/strict";
import test from "node:test";
import { clock, decimalsFor, digits, niceStep, prefixFor, readClock, ticks, withUnit } from "../src/si";

test("values are told in the prefix that fits", () => {
  assert.equal(withUnit(-0.0523, "V"), "−52.3\u202fmV");
  assert.equal(withUnit(2.5e-10, "A"), "250\u202fpA");
  assert.equal(withUnit(0.0012, "s"), "1.2\u202fms");
  assert.equal(withUnit(75, "s"), "75\u202fs");
  assert.equal(withUnit(null, "V"), "–");
  assert.equal(withUnit(0.5, ""), "0.5");
});

test("a prefix never makes a number larger than a thousand", () => {
  for (let power = -11; power < 8; power += 1) {
    const [factor] = prefixFor(3.3 * 10 ** power, "V");
    const shown = (3.3 * 10 ** power) / factor;
    assert.ok(shown >= 0.99 && shown < 1000, `${power}: ${shown}`);
  }
  assert.deepEqual(prefixFor(300, "Hz"), [1, "Hz"]);
  assert.deepEqual(prefixFor(0, "V"), [1, "V"]);
});

test("ticks are round, within the range, and about as many as asked", () => {
  assert.deepEqual(ticks(0, 10, 5), { at: [0, 2, 4, 6, 8, 10], step: 2 });
  const { at, step } = ticks(-0.07, 0.04, 5);
  assert.equal(step, 0.05);
  assert.ok(at.every((v) => v >= -0.07 && v <= 0.04));
  assert.deepEqual(ticks(1, 1, 5).at, []);
  assert.equal(niceStep(0.3), 0.5);
  assert.equal(niceStep(6), 10);
});

test("decimals tell multiples of a step apart", () => {
  assert.equal(decimalsFor(0.5), 1);
  assert.equal(decimalsFor(1 / 20000), 5);
  assert.equal(decimalsFor(20), 0);
});

test("clocks are written and read", () => {
  assert.equal(clock(12.3456, 3), "12.346");
  assert.equal(clock(1207.25, 2), "20:07.25");
  assert.equal(clock(3723, 0), "1:02:03");
  assert.equal(readClock("20:07.25"), 1207.25);
  assert.equal(readClock(" 12.5 s"), 12.5);
  assert.equal(readClock("1:02:03"), 3723);
  for (const wrong of ["", "abc", "1:", "1:2:3:4"]) assert.equal(readClock(wrong), null);
});

test("what is no number is a dash", () => {
  assert.equal(digits(Number.NaN), "–");
  assert.equal(digits(-3.14159, 3), "−3.14");
});

import assert from "node:assert/strict";
import test from "node:test";
import { cutoffOf, fromShown, toShown, valuesAround } from "../src/form";
import { laneHeights, roomy, stripsOf } from "../src/layout";
import { SvgPen } from "../src/pen";
import { extent, holds, parseWaveforms, passesThrough, slopes } from "../src/waveforms";
import type { MethodEntry, Parameter } from "../src/contract";

test("lanes fill the height, the stimulus with less of it", () => {
  const lanes = laneHeights(["0", "1", "stimulus"], 300);
  assert.equal(lanes[0]!.height, lanes[1]!.height);
  assert.ok(lanes[2]!.height < lanes[1]!.height);
  const last = lanes[2]!;
  assert.ok(Math.abs(last.top + last.height - 300) < 1e-9);
});

const LANE = { trace: "0", top: 0, height: 90, low: 0, high: 1 };

test("sweeps lie side by side, over one another with the chosen one last, or stacked", () => {
  const bounds = [0, 10, 30, 40];
  assert.equal(stripsOf("chained", bounds, 0, LANE).length, 1);
  const over = stripsOf("overlaid", bounds, 1, LANE);
  assert.deepEqual(over.map((s) => s.sweep), [0, 2, 1]);
  assert.equal(over[2]!.isFaint, false);
  const stacked = stripsOf("stacked", bounds, 1, LANE);
  assert.deepEqual(stacked.map((s) => s.top), [0, 30, 60]);
  assert.deepEqual(stacked.map((s) => s.offset), [0, 10, 30]);
});

test("a flat trace gets room, a scaled one less", () => {
  const [low, high] = roomy(0, 0, { least: 1e-3 });
  assert.ok(low < 0 && high > 0);
  const [a, b] = roomy(-1, 1);
  const [c, d] = roomy(-1, 1, { factor: 0.5 });
  assert.ok(d - c < b - a);
});

test("SVG holds what was drawn, escaped and balanced", () => {
  const pen = new SvgPen();
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, 10, 10);
  pen.clip();
  pen.strokeStyle = "#0072b2";
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(1.234567, 2);
  pen.stroke();
  pen.restore();
  assert.equal(pen.strokeStyle, "#000");
  pen.fillText('<a & "b">', 1, 2);
  const text = pen.text(100, 50, "cell & co");
  assert.match(text, /M0 0L1\.23 2/);
  assert.match(text, /stroke="#0072b2"/);
  assert.match(text, /&lt;a &amp; &quot;b&quot;>/);
  assert.equal(text.split("<g").length, text.split("</g>").length);
});

test("waveforms are read, and what is none is refused", () => {
  const bytes = new ArrayBuffer(16 + 4 * 2 * 4);
  const view = new DataView(bytes);
  [..."SLW1"].forEach((c, k) => view.setUint8(k, c.charCodeAt(0)));
  [2, 3, 1].forEach((v, k) => view.setUint32(4 + 4 * k, v, true));
  view.setInt32(16, 7, true);
  view.setFloat32(24, 0.5, true);
  const waves = parseWaveforms(bytes);
  assert.deepEqual([...waves.ids], [7, 0]);
  assert.deepEqual([waves.length, waves.before, waves.values[0]], [3, 1, 0.5]);
  assert.throws(() => parseWaveforms(bytes.slice(0, 30)), /cut short/);
  assert.throws(() => parseWaveforms(new ArrayBuffer(40)), /no waveforms/);
});

test("slopes are those of a straight line, and of a parabola within", () => {
  assert.deepEqual([...slopes(Float32Array.from([0, 1, 2, 3]), 10)], [10, 10, 10, 10]);
  assert.deepEqual([...slopes(Float32Array.from([0, 1, 4, 9]), 1)].slice(1, 3), [2, 4]);
});

test("a lasso takes lines that pass through it, also between their points", () => {
  const loop = [[1, 1], [2, 1], [2, 2], [1, 2]] as const;
  assert.ok(holds(loop, [1.5, 1.5]));
  assert.ok(!holds(loop, [2.5, 1.5]));
  assert.ok(passesThrough(loop, [[0, 1.5], [3, 1.6]]));
  assert.ok(passesThrough(loop, [[0, 0], [1.5, 1.5], [9, 9]]));
  assert.ok(!passesThrough(loop, [[0, 3], [3, 3.1]]));
  assert.ok(!passesThrough([[1, 1]], [[1, 1]]));
  assert.deepEqual(extent([3, Number.NaN, -1]), [-1, 3]);
});

function parameter(more: Partial<Parameter>): Parameter {
  return { name: "cutoff", flag: "--cutoff", type: "float", unit: "V", default: 0.01, minimum: 0, maximum: 1, choices: [], help: "", ...more };
}

test("a form shows millivolts and keeps volts, exactly", () => {
  for (const value of [-0.02, 0.01, 0.0333, 1e-6]) assert.equal(fromShown(toShown(value, "V"), "V"), value);
  assert.equal(toShown(0.001, "s"), 1);
  assert.equal(toShown(300, "Hz"), 300);
});

test("a curve's values lie within the bounds and around the value", () => {
  const values = valuesAround(parameter({}), 0.01);
  assert.ok(values.every((v) => v > 0 && v <= 1));
  assert.ok(values[0]! < 0.01 && values[values.length - 1]! > 0.01);
  const level = valuesAround(parameter({ minimum: -0.2, maximum: 0.2 }), -0.02);
  assert.ok(level[0]! < -0.02 && level[level.length - 1]! > -0.02);
  const cut = valuesAround(parameter({ name: "cut", minimum: 0.01, maximum: 0.99, unit: "" }), 0.5);
  assert.ok(cut[0]! >= 0.01 && cut[cut.length - 1]! <= 0.99);
});

test("the parameter that is dragged is the cutoff, or the cut", () => {
  const method = (names: string[]): MethodEntry => ({ name: "m", summary: "", parameters: names.map((name) => parameter({ name })) });
  assert.equal(cutoffOf(method(["refractory", "cutoff"]))?.name, "cutoff");
  assert.equal(cutoffOf(method(["model", "cut"]))?.name, "cut");
  assert.equal(cutoffOf(method(["window"])), undefined);
});

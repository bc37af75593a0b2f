import assert from "node:assert/strict";
import test from "node:test";
import { parseSpikes } from "../src/packing";
import { SpikeTable } from "../src/spikes";
import { intervals } from "../src/bins";

function bytesOf(head: object, columns: ArrayBufferView[]): ArrayBuffer {
  let text = JSON.stringify(head);
  text += " ".repeat((8 - (text.length % 8)) % 8);
  const parts = columns.map((c) => new Uint8Array(c.buffer, c.byteOffset, c.byteLength));
  const size = parts.reduce((sum, p) => sum + p.length + ((8 - (p.length % 8)) % 8), 8 + text.length);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x31534c53, true);
  view.setUint32(4, text.length, true);
  out.set(new TextEncoder().encode(text), 8);
  let at = 8 + text.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length + ((8 - (part.length % 8)) % 8);
  }
  return out.buffer;
}

const COLUMNS = [
  { name: "id", type: "f8" }, { name: "sample_index", type: "f8" }, { name: "unit_id", type: "f8" },
  { name: "state", type: "u1", words: ["accepted", "rejected"] },
];

function sorted(): SpikeTable {
  const head = { revision: 4, n: 5, method: "pursuit", parameters: {}, units: {}, columns: COLUMNS, names: { kinds: {}, units: { 1: "tall" } } };
  const at = new Float64Array([100, 101, 300, 340, 900]);
  const bytes = bytesOf(head, [at, new Float64Array([100, 100, 300, 340, 900]), new Float64Array([0, 1, 0, 1, Number.NaN]), new Uint8Array([0, 0, 0, 0, 1])]);
  return SpikeTable.of(parseSpikes(bytes));
}

test("a table in bytes is a table", () => {
  const table = sorted();
  assert.equal(table.length, 5);
  assert.equal(table.text("state", 4), "rejected");
  assert.deepEqual([...table.ids], [100, 101, 300, 340, 900]);
  assert.ok(table.isSorted);
  assert.equal(table.unitOf(4), -1);
  assert.equal(table.nameOf("unit", 1), "1 tall");
  assert.deepEqual([...table.kinds], [1, 2, 1, 2, 0]);
});

test("bytes that are none, or cut short, are refused", () => {
  assert.throws(() => parseSpikes(new ArrayBuffer(4)), /no table/);
  const whole = bytesOf({ n: 5, columns: COLUMNS.slice(0, 1) }, [new Float64Array(5)]);
  assert.throws(() => parseSpikes(whole.slice(0, whole.byteLength - 8)), /cut short/);
  assert.throws(() => parseSpikes(whole.slice(0, 24)), /cut short/);
});

test("intervals are those within units", () => {
  assert.deepEqual([...intervals(sorted(), 1000, []).values], [0.2, 0.24]);
  assert.deepEqual([...intervals(sorted(), 1000, [[310, 320]]).values], [0.2]);
});

test("columns of the whole table change units and their colours", () => {
  const table = sorted();
  table.widen({ id: [100, 101, 300, 340, 900], unit_id: [0, 0, 0, 0, null] });
  assert.deepEqual([...table.kinds], [1, 1, 1, 1, 0]);
  // Another window may know rows that this one does not have yet, in another order.
  table.widen({ id: [900, 5, 100, 101, 300, 340], unit_id: [3, 9, 2, 2, null, 1] });
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => table.unitOf(row)), [2, 2, -1, 1, 3]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { Columns, lineThrough } from "../src/columns";
import { COLUMNS, highestLevel, levelFor, parseTile, Tiles, tilesOver } from "../src/tiles";

function tileBytes(level: number, first: number, values: number[]): ArrayBuffer {
  const raw = level === 0;
  const bytes = new ArrayBuffer(32 + 4 * values.length);
  const view = new DataView(bytes);
  [..."SLT1"].forEach((c, k) => view.setUint8(k, c.charCodeAt(0)));
  view.setUint32(4, level, true);
  view.setBigInt64(8, BigInt(first), true);
  view.setUint32(16, raw ? values.length : values.length / 2, true);
  view.setUint32(20, 2 ** level, true);
  view.setUint32(24, raw ? 1 : 0, true);
  values.forEach((v, k) => view.setFloat32(32 + 4 * k, v, true));
  return bytes;
}

test("a tile is read, and what is none is refused", () => {
  const tile = parseTile(tileBytes(3, 2 ** 40, [1, 2, 3, 4]));
  assert.deepEqual([tile.level, tile.first, tile.columns, tile.step, tile.raw], [3, 2 ** 40, 2, 8, false]);
  assert.deepEqual([...tile.data], [1, 2, 3, 4]);
  assert.throws(() => parseTile(new ArrayBuffer(8)), /cut short/);
  assert.throws(() => parseTile(new ArrayBuffer(64)), /no tile/);
  assert.throws(() => parseTile(tileBytes(3, 0, [1, 2, 3, 4]).slice(0, 40)), /cut short/);
});

test("a column is a pixel or less, and raw samples come below four a pixel", () => {
  for (const perPixel of [0.01, 1, 3.99]) assert.equal(levelFor(perPixel, 20), 0);
  for (const perPixel of [4, 7.9, 100, 12345]) {
    const level = levelFor(perPixel, 20);
    assert.ok(2 ** level <= perPixel && 2 ** (level + 1) > perPixel);
  }
  assert.equal(levelFor(1e12, 9), 9);
});

test("one tile of the highest level holds everything", () => {
  for (const n of [1, 2048, 2049, 1e6, 1e9]) {
    assert.deepEqual(tilesOver(0, n, highestLevel(n), n), [0, 0]);
    assert.ok(COLUMNS * 2 ** highestLevel(n) >= n);
  }
  assert.deepEqual(tilesOver(2047, 2049, 0, 1e6), [0, 1]);
  assert.deepEqual(tilesOver(2e6, 3e6, 0, 4097), [2, 2]);
});

const settle = () => new Promise((done) => setTimeout(done, 5));

test("requests that went stale are aborted, what came is kept", async () => {
  const asked: string[] = [];
  const aborted: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((done) => (open = done));
  const tiles = new Tiles(async (path, signal) => {
    asked.push(path);
    signal.addEventListener("abort", () => aborted.push(path));
    await gate;
    return tileBytes(0, 0, [1]);
  }, () => {});
  tiles.want(new Map([["0/0/0", "a"], ["0/0/1", "b"]]));
  tiles.want(new Map([["0/0/1", "b"], ["0/0/2", "c"]]));
  assert.deepEqual(asked, ["a", "b", "c"]);
  assert.deepEqual(aborted, ["a"]);
  assert.ok(tiles.isWaiting);
  open();
  await settle();
  assert.equal(tiles.isWaiting, false);
  assert.equal(tiles.have("0", 0, 0), undefined);
  assert.ok(tiles.have("0", 0, 1) && tiles.have("0", 0, 2));
  tiles.want(new Map([["0/0/1", "b"]]));
  assert.equal(asked.length, 3);
});

test("a tile that is not built yet is asked for again, not at once", async () => {
  let now = 0;
  let asked = 0;
  const told: unknown[] = [];
  const tiles = new Tiles(async () => {
    asked += 1;
    throw new Error("still being built");
  }, () => {}, (why) => told.push(why), 10, () => now);
  const want = () => tiles.want(new Map([["0/9/0", "a"]]));
  want();
  await settle();
  want();
  assert.equal(asked, 1);
  assert.equal(told.length, 1);
  now = 1000;
  want();
  assert.equal(asked, 2);
});

test("the least recently used are forgotten, and a coarser tile stands in", async () => {
  const tiles = new Tiles(async (path) => tileBytes(Number(path), 0, [0, 1]), () => {}, () => {}, 2);
  tiles.want(new Map([["0/3/0", "3"], ["0/4/0", "4"]]));
  await settle();
  assert.equal(tiles.coarser("0", 1, 10, 5)?.level, 3);
  tiles.want(new Map([["0/5/0", "5"]]));
  await settle();
  assert.equal(tiles.have("0", 4, 0), undefined);
  assert.equal(tiles.coarser("0", 1, 10, 5)?.level, 3);
});

test("columns hold the extremes of every sample, at every level", () => {
  const values = Array.from({ length: 3000 }, (_, k) => Math.sin(k * k));
  for (const level of [0, 1, 3]) {
    const step = 2 ** level;
    const pairs: number[] = [];
    for (let k = 0; k < values.length; k += step) {
      const some = values.slice(k, k + step);
      pairs.push(...(level ? [Math.min(...some), Math.max(...some)] : some));
    }
    const columns = new Columns(100);
    columns.fold(parseTile(tileBytes(level, 0, pairs)), 0, 2400, { start: 0, perSample: 100 / 2400 });
    for (let c = 0; c < 100; c += 1) {
      const some = values.slice(24 * c, 24 * c + 24);
      assert.ok(Math.abs(columns.low[c]! - Math.min(...some)) < 1e-6, `${level} ${c}`);
      assert.ok(Math.abs(columns.high[c]! - Math.max(...some)) < 1e-6);
    }
  }
});

test("what lies outside the view is not folded into its edge", () => {
  const columns = new Columns(10);
  columns.fold(parseTile(tileBytes(0, 0, [9, 1, 1, 1])), 0, 4, { start: 1, perSample: 1 });
  assert.equal(columns.high[0], 1);
});

test("a column that reaches into the next sweep is left out", () => {
  const tile = parseTile(tileBytes(1, 0, [9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9]));
  const columns = new Columns(14);
  columns.fold(tile, 1, 13, { start: 0, perSample: 1 }, { from: 1, to: 13 });
  assert.equal(Math.max(...columns.high), 1);
  assert.ok(columns.has(2) && columns.has(11) && !columns.has(1) && !columns.has(12));
});

test("a coarse column fills all its pixels, and a line takes the short way", () => {
  const columns = new Columns(8);
  columns.fold(parseTile(tileBytes(2, 0, [0, 1, 5, 6])), 0, 8, { start: 0, perSample: 1 });
  assert.deepEqual([...columns.low], [0, 0, 0, 0, 5, 5, 5, 5]);
  const { points, column } = lineThrough(columns, (v) => -v);
  assert.equal(points.length, 32);
  assert.deepEqual([...column.slice(0, 4)], [0, 0, 1, 1]);
  assert.ok(points.every(Number.isFinite));
  assert.ok(Number.isNaN(lineThrough(new Columns(1), (v) => v).points[1]!));
});

import assert from "node:assert/strict";
import test from "node:test";
import { Columns, lineThrough } from "../src/columns";
import { COLUMNS, highestLevel, levelFor, parseTile, parseTiles, tilesOver } from "../src/tile";
import { Tiles, type Run } from "../src/tiles";
import { tileBytes } from "./bytes";

/** Tiles of a level of trace 0, whose address is the level and their numbers. */
function run(level: number, first: number, last = first): Run {
  return { trace: "0", level, first, last, path: (a, b) => `${level}/${a}-${b}` };
}

test("a tile is read, and what is none is refused", () => {
  const tile = parseTile(tileBytes(3, 2 ** 40, [1, 2, 3, 4]));
  assert.deepEqual([tile.level, tile.first, tile.columns, tile.step, tile.raw], [3, 2 ** 40, 2, 8, false]);
  assert.deepEqual([...tile.data], [1, 2, 3, 4]);
  assert.throws(() => parseTile(new ArrayBuffer(8)), /cut short/);
  assert.throws(() => parseTile(new ArrayBuffer(64)), /no tile/);
  assert.throws(() => parseTile(tileBytes(3, 0, [1, 2, 3, 4]).slice(0, 40)), /cut short/);
});

test("several tiles of an answer are read, and half a one is refused", () => {
  const both = new Uint8Array([...new Uint8Array(tileBytes(1, 0, [1, 2, 3, 4])), ...new Uint8Array(tileBytes(0, 4096, [5]))]);
  const tiles = parseTiles(both.buffer);
  assert.deepEqual(tiles.map((tile) => [tile.first, ...tile.data]), [[0, 1, 2, 3, 4], [4096, 5]]);
  assert.throws(() => parseTiles(both.buffer.slice(0, 60)), /cut short/);
  assert.throws(() => parseTiles(new ArrayBuffer(0)), /cut short/);
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

/** What a server answers with: tiles of one number each. */
function tilesAt(path: string): ArrayBuffer {
  const [level, first, last] = path.split(/[/-]/).map(Number) as [number, number, number];
  const each = Array.from({ length: last - first + 1 }, (_, k) => {
    return new Uint8Array(tileBytes(level, (first + k) * COLUMNS * 2 ** level, level ? [0, 1] : [1]));
  });
  return new Uint8Array(each.flatMap((tile) => [...tile])).buffer;
}

test("requests that went stale are aborted, what came is kept", async () => {
  const asked: string[] = [];
  const aborted: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((done) => (open = done));
  const tiles = new Tiles(async (path, signal) => {
    asked.push(path);
    signal.addEventListener("abort", () => aborted.push(path));
    await gate;
    return tilesAt(path);
  }, () => {});
  tiles.want([run(0, 0), run(0, 2)]);
  tiles.want([run(0, 2), run(0, 4)]);
  assert.deepEqual(asked, ["0/0-0", "0/2-2", "0/4-4"]);
  assert.deepEqual(aborted, ["0/0-0"]);
  assert.ok(tiles.isWaiting);
  open();
  await settle();
  assert.equal(tiles.isWaiting, false);
  assert.equal(tiles.have("0", 0, 0), undefined);
  assert.ok(tiles.have("0", 0, 2) && tiles.have("0", 0, 4));
  tiles.want([run(0, 2)]);
  assert.equal(asked.length, 3);
});

test("neighbours come with one request, which lives as long as one of them is wanted", async () => {
  const asked: string[] = [];
  const aborted: string[] = [];
  const tiles = new Tiles(async (path, signal) => {
    asked.push(path);
    signal.addEventListener("abort", () => aborted.push(path));
    return tilesAt(path);
  }, () => {});
  tiles.want([run(3, 5), run(3, 5, 6), run(3, 7)]);
  tiles.want([run(3, 6, 9)]);
  assert.deepEqual([asked, aborted], [["3/5-7", "3/8-9"], []]);
  await settle();
  tiles.want([run(3, 4, 10)]);
  assert.deepEqual(asked.slice(2), ["3/4-4", "3/10-10"]);
  tiles.want([run(0, 0, 69)]);
  assert.deepEqual(asked.slice(4), ["0/0-31", "0/32-63", "0/64-69"]);
  assert.deepEqual(aborted, ["3/4-4", "3/10-10"]);
});

test("a tile that is not built yet is asked for again, not at once", async () => {
  let now = 0;
  let asked = 0;
  const told: unknown[] = [];
  const tiles = new Tiles(async () => {
    asked += 1;
    throw new Error("still being built");
  }, () => {}, (why) => told.push(why), 10, () => now);
  const want = () => tiles.want([run(9, 0)]);
  want();
  await settle();
  want();
  assert.equal(asked, 1);
  assert.equal(told.length, 1);
  now = 1000;
  want();
  assert.equal(asked, 2);
});

test("a tile that was built meanwhile is waited for until it has been asked for again", async () => {
  let isBuilt = false;
  const tiles = new Tiles(async (path) => {
    if (!isBuilt) throw new Error("still being built");
    return tilesAt(path);
  }, () => {}, () => {}, 10, () => 0);
  tiles.want([run(9, 0)]);
  await settle();
  isBuilt = true;
  tiles.retry();
  assert.ok(tiles.isWaiting);
  tiles.want([run(9, 0)]);
  await settle();
  assert.ok(tiles.have("0", 9, 0) && !tiles.isWaiting);
});

test("of tiles some of which are built, those are kept, and only the others asked for again", async () => {
  let now = 0;
  const asked: string[] = [];
  const tiles = new Tiles(async (path) => {
    asked.push(path);
    return tilesAt("4/0-1");
  }, () => {}, () => assert.fail("nothing is wrong"), 10, () => now);
  tiles.want([run(4, 0, 3)]);
  await settle();
  assert.ok(tiles.have("0", 4, 1) && !tiles.have("0", 4, 2) && tiles.isWaiting);
  now = 1000;
  tiles.want([run(4, 0, 3)]);
  assert.deepEqual(asked, ["4/0-3", "4/2-3"]);
});

test("a tile that was not built yet is not waited for once the stock has it", async () => {
  let isBuilt = false;
  const tiles = new Tiles(async (path) => {
    if (!isBuilt) throw new Error("still being built");
    return tilesAt(path);
  }, () => {});
  tiles.want([run(4, 0)]);
  await settle();
  assert.ok(tiles.isWaiting);
  isBuilt = true;
  tiles.stock.lay([run(4, 0)]);
  await settle();
  assert.ok(tiles.have("0", 4, 0));
  assert.equal(tiles.isWaiting, false);
});

test("the least recently used are forgotten, and a coarser tile stands in", async () => {
  const tiles = new Tiles(async (path) => tilesAt(path), () => {}, () => {}, 2);
  tiles.want([run(3, 0), run(4, 0)]);
  await settle();
  assert.equal(tiles.coarser("0", 1, 10, 5)?.level, 3);
  tiles.want([run(5, 0)]);
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

import assert from "node:assert/strict";
import test from "node:test";
import { Stock, stockLevel } from "../src/stock";
import { COLUMNS, highestLevel, parseTile, tilesOver } from "../src/tile";
import { Tiles, type Run } from "../src/tiles";
import { tileBytes } from "./bytes";

const N = 5 * COLUMNS * 2 + 7;
const SAMPLES = Array.from({ length: N }, (_, k) => (k % 977 === 5 ? Number.NaN : Math.fround(Math.sin(k * k) * (1 + k / N))));
const settle = () => new Promise((done) => setTimeout(done, 20));

/** Smallest and largest of columns, straight from the samples; NaN where there is no number. */
function pairs(level: number, tile: number): number[] {
  const found: number[] = [];
  const step = 2 ** level;
  for (let k = tile * COLUMNS * step; k < Math.min(N, (tile + 1) * COLUMNS * step); k += step) {
    const some = SAMPLES.slice(k, Math.min(N, k + step)).filter((v) => v === v);
    found.push(...(some.length ? [Math.min(...some), Math.max(...some)] : [Number.NaN, Number.NaN]));
  }
  return found;
}

/** A server of one trace; `asked` holds what it was asked for. */
function serving(asked: string[], isBuilt = () => true) {
  return async (path: string) => {
    asked.push(path);
    if (!isBuilt()) throw new Error("not built yet");
    const [level, first, last] = path.split("/").slice(1).map(Number) as [number, number, number];
    const parts: number[] = [];
    for (let k = first; k <= last; k += 1) parts.push(...new Uint8Array(tileBytes(level, k * COLUMNS * 2 ** level, pairs(level, k))));
    return new Uint8Array(parts).buffer;
  };
}

function whole(trace: string, level: number): Run {
  return { trace, level, first: 0, last: tilesOver(0, N, level, N)[1], path: (a, b) => `${trace}/${level}/${a}/${b}` };
}

test("coarser levels are what the server would have sent", async () => {
  const stock = new Stock(serving([]));
  stock.lay([whole("a", 1)]);
  await settle();
  for (let level = 1; level <= highestLevel(N); level += 1) {
    for (let tile = 0; tile <= tilesOver(0, N, level, N)[1]; tile += 1) {
      const wanted = parseTile(tileBytes(level, tile * COLUMNS * 2 ** level, pairs(level, tile)));
      assert.deepEqual(stock.have("a", level, tile), wanted, `${level} ${tile}`);
    }
  }
  assert.equal(stock.have("a", 0, 0), undefined);
});

test("what is in stock is asked for by no view, and other traces are forgotten", async () => {
  const asked: string[] = [];
  const tiles = new Tiles(serving(asked), () => {});
  tiles.stock.lay([whole("a", 1)]);
  tiles.stock.lay([whole("a", 1)]);
  await settle();
  assert.deepEqual(asked, ["a/1/0/5"]);
  tiles.want([whole("a", 1), whole("a", 2)]);
  assert.equal(asked.length, 1);
  assert.ok(tiles.have("a", 2, 1));
  tiles.stock.lay([whole("b", 1)]);
  await settle();
  assert.ok(tiles.have("b", 2, 1) && !tiles.have("a", 2, 1));
});

test("a finer level replaces a coarse one, and a coarser one changes nothing", async () => {
  const asked: string[] = [];
  const stock = new Stock(serving(asked));
  for (const level of [2, 1, 2]) {
    stock.lay([whole("a", level)]);
    await settle();
  }
  assert.deepEqual(asked, ["a/2/0/2", "a/1/0/5"]);
  assert.ok(stock.have("a", 1, 3) && stock.have("a", 2, 1));
});

test("what was not built yet is fetched by a later call", async () => {
  let isBuilt = false;
  const stock = new Stock(serving([], () => isBuilt));
  stock.lay([whole("a", 1)]);
  await settle();
  assert.equal(stock.have("a", 2, 1), undefined);
  isBuilt = true;
  stock.lay([whole("a", 1)]);
  await settle();
  assert.ok(stock.have("a", 2, 1));
});

test("the stock holds so many tiles at most, however long the recording and however many traces", () => {
  for (const n of [1, 1e4, 1e6, 1e8, 1e9, 1e12]) {
    for (const traces of [1, 2, 32, 1000]) {
      const level = stockLevel(n, traces);
      const each = tilesOver(0, n, level, n)[1] + 1;
      assert.ok(each <= Math.max(1, 256 / traces) && level >= 1, `${n} ${traces}`);
      if (level > 1) assert.ok(tilesOver(0, n, level - 1, n)[1] + 1 > 256 / traces);
    }
  }
});

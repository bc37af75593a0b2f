/** All of a trace, coarse: who looks from afar, or comes from there, waits for nothing. */

import { COLUMNS, parseTiles, tilesOver, type Tile } from "./tile";
import { MOST_AT_ONCE, type Fetch, type Run } from "./tiles";

/** Tiles of the finest level in stock, for all traces together: 4 MB, and as much for the coarser levels. */
const MOST = 256;

interface Laid {
  level: number;
  abort: AbortController;
  tiles: Map<string, Tile>;
}

/** The finest level of which so many traces of `n` samples are kept whole; the samples themselves are not. */
export function stockLevel(n: number, traces: number): number {
  let level = 1;
  while (tilesOver(0, n, level, n)[1] + 1 > Math.max(1, MOST / traces)) level += 1;
  return level;
}

export class Stock {
  private readonly traces = new Map<string, Laid>();

  constructor(private readonly get: Fetch) {}

  have(trace: string, level: number, tile: number): Tile | undefined {
    return this.traces.get(trace)?.tiles.get(`${level}/${tile}`);
  }

  /** Whether a tile that `Tiles` calls by a key is there. */
  holds(key: string): boolean {
    return [...this.traces].some(([trace, { tiles }]) => key.startsWith(`${trace}/`) && tiles.has(key.slice(trace.length + 1)));
  }

  /** Fetches whole levels, where it has not, and forgets all other traces; what fails is fetched by a later call. */
  lay(runs: readonly Run[]): void {
    for (const [trace, laid] of this.traces) {
      if (runs.some((run) => run.trace === trace)) continue;
      laid.abort.abort();
      this.traces.delete(trace);
    }
    for (const run of runs) if ((this.traces.get(run.trace)?.level ?? Infinity) > run.level) void this.fetch(run);
  }

  private async fetch(run: Run): Promise<void> {
    const before = this.traces.get(run.trace);
    before?.abort.abort();
    const laid = { level: run.level, abort: new AbortController(), tiles: before?.tiles ?? new Map<string, Tile>() };
    this.traces.set(run.trace, laid);
    try {
      const tiles = await this.whole(run, laid.abort.signal);
      laid.tiles = new Map(withCoarser(tiles, run.level));
    } catch {
      // Not built yet, or called off. The tiles of a view tell what is wrong, where something is.
      if (this.traces.get(run.trace) === laid) this.traces.delete(run.trace);
    }
  }

  /** All tiles of a level; some after the others, so that a view's are not kept waiting. */
  private async whole(run: Run, signal: AbortSignal): Promise<Tile[]> {
    const tiles: Tile[] = [];
    while (tiles.length <= run.last) {
      const first = tiles.length;
      const last = Math.min(run.last, first + MOST_AT_ONCE - 1);
      const some = parseTiles(await this.get(run.path(first, last), signal));
      if (some.length <= last - first) throw new Error("not all is built yet");
      tiles.push(...some);
    }
    return tiles;
  }
}

/** Tiles of a level and of all above it, by level and number. */
export function withCoarser(tiles: readonly Tile[], level: number): [string, Tile][] {
  const named = tiles.map((tile, k): [string, Tile] => [`${level}/${k}`, tile]);
  if (tiles.length < 2) return named;
  const above = tiles.filter((_, k) => k % 2 === 0).map((tile, k) => joined(tile, tiles[2 * k + 1]));
  return [...named, ...withCoarser(above, level + 1)];
}

/** Two neighbours as one tile of the next level; the last may have no neighbour, and an odd number of columns. */
function joined(left: Tile, right?: Tile): Tile {
  const columns = Math.ceil((left.columns + (right?.columns ?? 0)) / 2);
  const data = new Float32Array(2 * columns);
  halve(left, data, 0);
  if (right) halve(right, data, COLUMNS);
  return { level: left.level + 1, first: left.first, columns, step: 2 * left.step, raw: false, data };
}

/** Smallest and largest value of pairs of columns; a column without a number does not count. */
function halve({ data, columns }: Tile, into: Float32Array, at: number): void {
  for (let k = 0; k < columns; k += 2) {
    const [low, high] = [data[2 * k]!, data[2 * k + 1]!];
    const isAlone = k + 1 === columns;
    const [lowNext, highNext] = isAlone ? [low, high] : [data[2 * k + 2]!, data[2 * k + 3]!];
    into[at + k] = low < lowNext || lowNext !== lowNext ? low : lowNext;
    into[at + k + 1] = high > highNext || highNext !== highNext ? high : highNext;
  }
}

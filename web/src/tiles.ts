/** The tiles of a recording, as the page asks for them and keeps them. */

import { Stock } from "./stock";
import { COLUMNS, numberOf, parseTiles, type Tile } from "./tile";

/** Tiles of one request, at most; the server's limit. */
export const MOST_AT_ONCE = 32;
/** A tile that could not be had is not asked for again within this, ms. */
const REST = 500;

export type Fetch = (path: string, signal: AbortSignal) => Promise<ArrayBuffer>;

/** Tiles `first` to `last` of one level of a trace, and the address of some of them. */
export interface Run {
  trace: string;
  level: number;
  first: number;
  last: number;
  path: (first: number, last: number) => string;
}

interface Pending {
  keys: string[];
  abort: AbortController;
}

/**
 * The tiles of one recording's traces: fetched when asked for, the least recently used forgotten.
 *
 * `want` names all that the next picture needs; requests for nothing of it are aborted.
 */
export class Tiles {
  private readonly kept = new Map<string, Tile>();
  /** Coarse tiles of whole traces. */
  readonly stock: Stock;
  private readonly pending = new Map<string, Pending>();
  private readonly absent = new Map<string, number>();

  constructor(
    private readonly get: Fetch,
    private readonly arrived: () => void,
    private readonly failed: (why: unknown) => void = () => {},
    private readonly most = 400,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.stock = new Stock(get);
  }

  static key(trace: string, level: number, tile: number): string {
    return `${trace}/${level}/${tile}`;
  }

  have(trace: string, level: number, tile: number): Tile | undefined {
    const key = Tiles.key(trace, level, tile);
    const found = this.kept.get(key);
    if (!found) return this.stock.have(trace, level, tile);
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  /** The finest kept tile that covers a sample at a level coarser than `level`, to draw meanwhile. */
  coarser(trace: string, level: number, sample: number, highest: number): Tile | undefined {
    for (let k = level + 1; k <= highest; k += 1) {
      const found = this.have(trace, k, Math.floor(sample / (COLUMNS * 2 ** k)));
      if (found) return found;
    }
    return undefined;
  }

  /** Fetches what is lacking of `runs`, neighbours together, and aborts every request for nothing of them. */
  want(runs: readonly Run[]): void {
    const wanted = new Set(runs.flatMap(keysOf));
    for (const waiting of new Set(this.pending.values())) {
      if (waiting.keys.some((key) => wanted.has(key))) continue;
      waiting.abort.abort();
      this.ended(waiting);
    }
    for (const key of this.absent.keys()) if (!wanted.has(key)) this.absent.delete(key);
    for (const run of runs.reduce(joined, [])) {
      for (const [first, last] of this.lacking(run)) void this.fetch({ ...run, first, last });
    }
  }

  /** The stretches of a run that are neither there nor asked for. */
  private lacking(run: Run): [number, number][] {
    const found: [number, number][] = [];
    for (let tile = run.first; tile <= run.last; tile += 1) {
      const key = Tiles.key(run.trace, run.level, tile);
      const rests = this.now() < (this.absent.get(key) ?? -Infinity);
      if (rests || this.pending.has(key) || this.kept.has(key) || this.stock.have(run.trace, run.level, tile)) continue;
      const before = found[found.length - 1];
      if (before?.[1] === tile - 1 && tile - before[0] < MOST_AT_ONCE) before[1] = tile;
      else found.push([tile, tile]);
    }
    return found;
  }

  /** Whether something that is wanted is still to come. */
  get isWaiting(): boolean {
    return this.pending.size > 0 || [...this.absent.keys()].some((key) => !this.stock.holds(key));
  }

  /** Forgets everything, as when another filter is chosen. */
  clear(): void {
    this.want([]);
    this.kept.clear();
    this.absent.clear();
    this.stock.lay([]);
  }

  /** Lets tiles that were not built yet be asked for again; until then they are waited for. */
  retry(): void {
    for (const key of this.absent.keys()) this.absent.set(key, -Infinity);
  }

  private async fetch(run: Run): Promise<void> {
    const waiting = { keys: keysOf(run), abort: new AbortController() };
    const { signal } = waiting.abort;
    for (const key of waiting.keys) this.pending.set(key, waiting);
    let why: unknown = null;
    try {
      const tiles = parseTiles(await this.get(run.path(run.first, run.last), signal));
      if (!signal.aborted) for (const tile of tiles) this.keep(Tiles.key(run.trace, run.level, numberOf(tile)), tile);
    } catch (caught) {
      why = caught;
    }
    if (signal.aborted) return;
    const lacking = waiting.keys.filter((key) => !this.kept.has(key));
    this.ended(waiting);
    // Not built yet or not to be had: what is kept of coarser levels is drawn instead.
    if (lacking.length) this.rest(lacking, why);
    this.arrived();
  }

  private ended(waiting: Pending): void {
    for (const key of waiting.keys) if (this.pending.get(key) === waiting) this.pending.delete(key);
  }

  private rest(keys: readonly string[], why: unknown): void {
    for (const key of keys) this.absent.set(key, this.now() + REST);
    if (why) this.failed(why);
    setTimeout(this.arrived, REST + 10);
  }

  private keep(key: string, tile: Tile): void {
    this.absent.delete(key);
    this.kept.set(key, tile);
    while (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value!);
  }
}

function keysOf({ trace, level, first, last }: Run): string[] {
  return Array.from({ length: last - first + 1 }, (_, k) => Tiles.key(trace, level, first + k));
}

/** Adds a run to others; to the last of them, if it begins where that ends, as sweeps do. */
function joined(runs: Run[], run: Run): Run[] {
  const before = runs[runs.length - 1];
  const isNext = before?.trace === run.trace && before.level === run.level && run.first >= before.first && run.first <= before.last + 1;
  if (!isNext) return [...runs, run];
  return [...runs.slice(0, -1), { ...before, last: Math.max(before.last, run.last) }];
}

/** Tiles: pieces of a trace, as stored or as pairs of smallest and largest value. */

export const COLUMNS = 2048;
const RAW_BELOW = 4;
const HEADER = 32;
/** A tile that could not be had is not asked for again within this, ms. */
const REST = 500;
const MAGIC = 0x31544c53;

export interface Tile {
  level: number;
  first: number;
  columns: number;
  /** Samples per column; 1 for raw samples. */
  step: number;
  raw: boolean;
  data: Float32Array;
}

/** Reads a tile; throws when the bytes are not one. */
export function parseTile(bytes: ArrayBuffer): Tile {
  if (bytes.byteLength < HEADER) throw new Error("a tile came cut short");
  const view = new DataView(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("what came is no tile");
  const columns = view.getUint32(16, true);
  const raw = view.getUint32(24, true) === 1;
  const wanted = HEADER + columns * (raw ? 4 : 8);
  if (bytes.byteLength < wanted) throw new Error("a tile came cut short");
  return {
    level: view.getUint32(4, true),
    first: Number(view.getBigInt64(8, true)),
    columns,
    step: view.getUint32(20, true),
    raw,
    data: new Float32Array(bytes, HEADER, raw ? columns : 2 * columns),
  };
}

/** The level whose columns are as wide as a pixel or narrower; 0, the samples, below 4 a pixel. */
export function levelFor(samplesPerPixel: number, highest: number): number {
  if (samplesPerPixel < RAW_BELOW) return 0;
  return Math.min(highest, Math.floor(Math.log2(samplesPerPixel)));
}

/** The first level at which one tile holds all `n` samples. */
export function highestLevel(n: number): number {
  return Math.max(0, Math.ceil(Math.log2(n / COLUMNS)));
}

/** The numbers of the tiles of a level that cover samples `start` to `stop`. */
export function tilesOver(start: number, stop: number, level: number, n: number): [number, number] {
  const span = COLUMNS * 2 ** level;
  const last = Math.max(0, Math.ceil(n / span) - 1);
  const from = Math.min(last, Math.max(0, Math.floor(start / span)));
  const to = Math.min(last, Math.max(from, Math.ceil(stop / span) - 1));
  return [from, to];
}

export type Fetch = (path: string, signal: AbortSignal) => Promise<ArrayBuffer>;

interface Wanted {
  path: string;
  abort: AbortController;
}

/**
 * The tiles of one recording's traces: fetched when asked for, the least recently used forgotten.
 *
 * `want` names all that the next picture needs; requests for anything else are aborted.
 */
export class Tiles {
  private readonly kept = new Map<string, Tile>();
  private readonly pending = new Map<string, Wanted>();
  private readonly absent = new Map<string, number>();

  constructor(
    private readonly get: Fetch,
    private readonly arrived: () => void,
    private readonly failed: (why: unknown) => void = () => {},
    private readonly most = 400,
    private readonly now: () => number = () => performance.now(),
  ) {}

  static key(trace: string, level: number, tile: number): string {
    return `${trace}/${level}/${tile}`;
  }

  have(trace: string, level: number, tile: number): Tile | undefined {
    const key = Tiles.key(trace, level, tile);
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
    }
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

  /** Fetches what is lacking of `paths` (by key), and aborts every request for another. */
  want(paths: ReadonlyMap<string, string>): void {
    for (const [key, waiting] of this.pending) {
      if (!paths.has(key)) {
        waiting.abort.abort();
        this.pending.delete(key);
      }
    }
    for (const key of this.absent.keys()) if (!paths.has(key)) this.absent.delete(key);
    for (const [key, path] of paths) {
      const until = this.absent.get(key);
      const resting = until !== undefined && this.now() < until;
      if (!this.kept.has(key) && !this.pending.has(key) && !resting) void this.fetch(key, path);
    }
  }

  /** Whether something that is wanted is still to come. */
  get isWaiting(): boolean {
    return this.pending.size + this.absent.size > 0;
  }

  /** Forgets everything, as when another filter is chosen. */
  clear(): void {
    this.want(new Map());
    this.kept.clear();
    this.absent.clear();
  }

  /** Lets tiles that were not built yet be asked for again. */
  retry(): void {
    this.absent.clear();
  }

  private async fetch(key: string, path: string): Promise<void> {
    const abort = new AbortController();
    this.pending.set(key, { path, abort });
    try {
      const tile = parseTile(await this.get(path, abort.signal));
      if (!abort.signal.aborted) this.keep(key, tile);
    } catch (why) {
      // Not built yet or no longer wanted: what is kept of coarser levels is drawn instead.
      if (!abort.signal.aborted) this.rest(key, why);
    }
    if (this.pending.get(key)?.abort === abort) this.pending.delete(key);
    if (!abort.signal.aborted) this.arrived();
  }

  private rest(key: string, why: unknown): void {
    this.absent.set(key, this.now() + REST);
    this.failed(why);
    setTimeout(this.arrived, REST + 10);
  }

  private keep(key: string, tile: Tile): void {
    this.absent.delete(key);
    this.kept.set(key, tile);
    while (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value!);
  }
}

/** Voltages around spikes, as they come from the server, and what is computed from them. */

export interface Waveforms {
  ids: Int32Array;
  /** Samples per waveform, of which `before` lie before the peak. */
  length: number;
  before: number;
  /** One waveform after the other, V or A. */
  values: Float32Array;
}

const MAGIC = 0x31574c53;

/** Reads waveforms; throws when the bytes are none. */
export function parseWaveforms(bytes: ArrayBuffer): Waveforms {
  const view = new DataView(bytes);
  if (bytes.byteLength < 16 || view.getUint32(0, true) !== MAGIC) throw new Error("what came are no waveforms");
  const n = view.getUint32(4, true);
  const length = view.getUint32(8, true);
  if (bytes.byteLength < 16 + 4 * n * (1 + length)) throw new Error("waveforms came cut short");
  return {
    ids: new Int32Array(bytes, 16, n),
    length,
    before: view.getUint32(12, true),
    values: new Float32Array(bytes, 16 + 4 * n, n * length),
  };
}

/** Slope by central differences, in units of the values per second; the ends lean on one neighbour. */
export function slopes(values: Float32Array, sampling_rate: number): Float32Array {
  const n = values.length;
  const out = new Float32Array(n);
  for (let k = 0; k < n; k += 1) {
    const a = Math.max(0, k - 1);
    const b = Math.min(n - 1, k + 1);
    out[k] = b > a ? ((values[b]! - values[a]!) / (b - a)) * sampling_rate : 0;
  }
  return out;
}

export type Point = readonly [number, number];

/** Whether two line segments cross. */
function crosses(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Whether a closed loop holds a point (even-odd rule). */
export function holds(loop: readonly Point[], [x, y]: Point): boolean {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i, i += 1) {
    const [xi, yi] = loop[i]!;
    const [xj, yj] = loop[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Whether a polyline passes through a closed loop: the rule of the lasso. */
export function passesThrough(loop: readonly Point[], line: readonly Point[]): boolean {
  if (loop.length < 2) return false;
  const [low, high] = extent(loop.map((p) => p[0]));
  for (let k = 0; k < line.length; k += 1) {
    const here = line[k]!;
    if (here[0] >= low && here[0] <= high && holds(loop, here)) return true;
    const next = line[k + 1];
    if (!next || Math.max(here[0], next[0]) < low || Math.min(here[0], next[0]) > high) continue;
    for (let i = 0, j = loop.length - 1; i < loop.length; j = i, i += 1) {
      if (crosses(here, next, loop[j]!, loop[i]!)) return true;
    }
  }
  return false;
}

export function extent(values: ArrayLike<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < values.length; k += 1) {
    const v = values[k]!;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

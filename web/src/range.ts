/** The visible stretch of samples and how it moves; positions may be fractional. */

export interface Range {
  start: number;
  stop: number;
}

export interface Sweeps {
  bounds: readonly number[];
  starts: readonly number[];
  sampling_rate: number;
}

const LEAST = 16;

/** The same length, moved (or cut) so that it lies within 0 and `n`. */
export function clamped(range: Range, n: number): Range {
  const length = Math.min(n, Math.max(Math.min(LEAST, n), range.stop - range.start));
  const start = Math.min(Math.max(0, range.start), n - length);
  return { start, stop: start + length };
}

/** Zoomed by `factor` (below 1: closer) with the sample `at` staying where it is. */
export function zoomed(range: Range, at: number, factor: number, n: number): Range {
  const length = range.stop - range.start;
  const wanted = Math.min(n, Math.max(Math.min(LEAST, n), length * factor));
  const share = length > 0 ? (at - range.start) / length : 0.5;
  const start = at - share * wanted;
  return clamped({ start, stop: start + wanted }, n);
}

export function panned(range: Range, by: number, n: number): Range {
  return clamped({ start: range.start + by, stop: range.stop + by }, n);
}

export function centred(range: Range, at: number, n: number): Range {
  const half = (range.stop - range.start) / 2;
  return clamped({ start: at - half, stop: at + half }, n);
}

/** The sweep that holds a sample; the last one for positions past the end. */
export function sweepAt(bounds: readonly number[], sample: number): number {
  let low = 0;
  let high = bounds.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bounds[middle]! <= sample) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where each sweep starts on the recording's clock, s: its own when all are known, else end to end. */
export function sweepsOf(
  sweeps: { bounds: readonly number[]; start_times: readonly (number | null)[] },
  time_base: string,
  sampling_rate: number,
): Sweeps {
  const { bounds, start_times } = sweeps;
  const known = time_base === "recorded" && start_times.every((t) => t !== null && Number.isFinite(t));
  const starts = bounds.slice(0, -1).map((b, k) => (known ? start_times[k]! : b / sampling_rate));
  return { bounds, starts, sampling_rate };
}

/** Seconds on the recording's clock. */
export function timeOf(sweeps: Sweeps, sample: number): number {
  const k = sweepAt(sweeps.bounds, sample);
  return sweeps.starts[k]! + (sample - sweeps.bounds[k]!) / sweeps.sampling_rate;
}

/** The sample nearest to a time; one that lies in a gap goes to the end of the sweep before it. */
export function sampleAt(sweeps: Sweeps, time: number): number {
  let k = 0;
  while (k + 1 < sweeps.starts.length && sweeps.starts[k + 1]! <= time) k += 1;
  const inside = Math.round((time - sweeps.starts[k]!) * sweeps.sampling_rate);
  const low = sweeps.bounds[k]!;
  return Math.min(Math.max(low, low + inside), sweeps.bounds[k + 1]! - 1);
}

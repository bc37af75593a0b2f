/** Spikes around events: which event, how long after it, and the rate over all events. */

import { boundIn } from "./spikes";
import { sweepAt, type Sweeps } from "./range";
import { observedIn, type Wall } from "./walls";

export interface Around {
  n_events: number;
  /** The event of each spike, and its time from it, s. */
  trials: number[];
  times: number[];
  edges: number[];
  /** Spikes per observed second in each bin; NaN where nothing was observed. */
  rate: number[];
}

export interface Window {
  before: number;
  after: number;
  bin: number;
}

/** What is recorded, and what of it does not count. */
export interface Observed {
  sweeps: Sweeps;
  walls: readonly Wall[];
}

/**
 * Spikes (samples, rising) from `before` to `after` each event (sample), within the event's sweep.
 *
 * A bin is divided by the time of it that was observed: what was not recorded, or does not count, is no silence.
 */
export function around(events: readonly number[], spikes: ArrayLike<number>, { sweeps, walls }: Observed, window: Window): Around {
  const bins = Math.max(1, Math.round((window.before + window.after) / window.bin));
  const edges = Array.from({ length: bins + 1 }, (_, k) => -window.before + k * window.bin);
  const rate = sweeps.sampling_rate;
  const counts = new Float64Array(bins);
  const seen = new Float64Array(bins);
  const trials: number[] = [];
  const times: number[] = [];
  events.forEach((event, trial) => {
    const sweep = sweepAt(sweeps.bounds, event);
    const [low, high] = [sweeps.bounds[sweep]!, sweeps.bounds[sweep + 1]!];
    const within = (t: number) => Math.min(high, Math.max(low, event + t * rate));
    for (let b = 0; b < bins; b += 1) seen[b]! += observedIn(walls, within(edges[b]!), within(edges[b + 1]!)) / rate;
    for (let k = boundIn(spikes, Math.max(low, event - window.before * rate)); k < spikes.length; k += 1) {
      const time = (spikes[k]! - event) / rate;
      if (spikes[k]! >= high || time >= edges[bins]!) break;
      trials.push(trial);
      times.push(time);
      counts[Math.min(bins - 1, Math.floor((time + window.before) / window.bin))]! += 1;
    }
  });
  return { n_events: events.length, trials, times, edges, rate: Array.from(counts, (c, b) => (seen[b]! > 1e-9 ? c / seen[b]! : Number.NaN)) };
}

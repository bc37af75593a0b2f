/** Spikes around events: which event, how long after it, and the rate over all events. */

import { boundIn } from "./spikes";
import { sweepAt, type Sweeps } from "./range";

export interface Around {
  n_events: number;
  /** The event of each spike, and its time from it, s. */
  trials: number[];
  times: number[];
  edges: number[];
  /** Spikes per second and event in each bin. */
  rate: number[];
}

export interface Window {
  before: number;
  after: number;
  bin: number;
}

/**
 * Spikes (samples, rising) from `before` to `after` each event (sample), within the event's sweep.
 *
 * A bin is divided by the events whose sweep covers its middle: time that was not recorded is no silence.
 */
export function around(events: readonly number[], spikes: ArrayLike<number>, sweeps: Sweeps, window: Window): Around {
  const bins = Math.max(1, Math.round((window.before + window.after) / window.bin));
  const edges = Array.from({ length: bins + 1 }, (_, k) => -window.before + k * window.bin);
  const counts = new Float64Array(bins);
  const seen = new Float64Array(bins);
  const trials: number[] = [];
  const times: number[] = [];
  events.forEach((event, trial) => {
    const sweep = sweepAt(sweeps.bounds, event);
    const [low, high] = [sweeps.bounds[sweep]!, sweeps.bounds[sweep + 1]!];
    for (let b = 0; b < bins; b += 1) {
      const middle = event + ((edges[b]! + edges[b + 1]!) / 2) * sweeps.sampling_rate;
      if (middle >= low && middle < high) seen[b]! += 1;
    }
    for (let k = boundIn(spikes, Math.max(low, event - window.before * sweeps.sampling_rate)); k < spikes.length; k += 1) {
      const time = (spikes[k]! - event) / sweeps.sampling_rate;
      if (spikes[k]! >= high || time >= edges[bins]!) break;
      trials.push(trial);
      times.push(time);
      counts[Math.min(bins - 1, Math.floor((time + window.before) / window.bin))]! += 1;
    }
  });
  return { n_events: events.length, trials, times, edges, rate: Array.from(counts, (c, b) => (seen[b]! ? c / seen[b]! / window.bin : 0)) };
}

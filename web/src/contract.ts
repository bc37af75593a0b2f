/** What the server says; positions are samples counted through the file, sweeps chained. */

export interface RecordingEntry {
  id: string;
  name: string;
  path_shown: string;
  state: "closed" | "opening" | "ready" | "failed";
  error: string | null;
}

export interface Channel {
  index: number;
  name: string;
  quantity: string;
  unit: string;
  stated_unit: string;
}

export interface Stretch {
  start: number;
  stop: number;
  reason: string;
}

export interface EventMark {
  start: number;
  stop: number;
  label: string;
  value: number | null;
  source: string;
}

export interface SessionState {
  revision: number;
  can_undo: boolean;
  can_redo: boolean;
  reported: string[];
  /** The session is of another recording, or cannot be read: no edit is taken. */
  refused: boolean;
}

export interface Facts {
  id: string;
  name: string;
  n_samples: number;
  sampling_rate: number;
  duration: number;
  time_base: string;
  mode: string;
  polarity: number | string;
  channel: number;
  channels: Channel[];
  sweeps: { bounds: number[]; start_times: (number | null)[] };
  stimulus: { name: string; unit: string; origin: string } | null;
  events: EventMark[];
  warnings: string[];
  facts: Record<string, string>;
  pyramid: { done: boolean; ready_samples: number };
  session: SessionState;
  fingerprint?: string;
  excluded?: Stretch[];
  /** The table that was there before, by its path's last parts, and whether it is what the page shows. */
  given?: { name: string; is_shown: boolean } | null;
  /** The latest detection, and why it found nothing it could do. */
  job?: string | null;
  error?: string | null;
}

export interface Parameter {
  name: string;
  flag: string;
  type: "bool" | "int" | "float" | "str";
  unit: string;
  default: boolean | number | string | null;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  help: string;
}

export interface MethodEntry {
  name: string;
  summary: string;
  parameters: Parameter[];
}

export interface Methods {
  detectors: MethodEntry[];
  /** Methods that say which neuron fired. */
  sorters?: MethodEntry[];
  filters?: MethodEntry[];
  default: string;
  default_by_mode?: Record<string, string>;
}

export type Values = Record<string, boolean | number | string | null>;
export type SpikeState = "accepted" | "rejected" | "added" | "candidate";
export type Cell = number | string | boolean | null;
export type Row = Record<string, Cell>;
/** A column of a table: as JSON lists it, or numbers with NaN for none. */
export type Column = readonly Cell[] | Float64Array<ArrayBuffer>;

/** What people called kinds and units, by number. */
export interface Names {
  kinds: Record<string, string>;
  units: Record<string, string>;
}

/** A sorted unit's figures; null where there is no number. */
export interface UnitRow {
  unit_id: number;
  proposal: string;
  n_spikes: number;
  rate: number | null;
  snr: number | null;
  contamination: number | null;
  d_prime: number | null;
}

export interface SpikesAnswer {
  revision: number;
  columns: Record<string, Column>;
  units: Record<string, string>;
  method: string | null;
  parameters: Values;
  names?: Names;
  /** What the method looked through: a filter's name and its parameters; null for the trace as recorded. */
  filter?: Record<string, Values[string]> | null;
  job?: string | null;
  error?: string | null;
}

export interface EditsAnswer {
  revision: number;
  changed: Record<string, Row | null>;
  /** The spikes that the action was about; others changed as their neighbours. */
  about: number[];
  can_undo: boolean;
  can_redo: boolean;
  excluded?: Stretch[];
  names?: Names;
  /** Columns of the whole table, where kinds or units changed as wholes. */
  columns?: Record<string, Column>;
}

export interface Edit {
  do:
    | "accept" | "reject" | "add" | "move" | "kind" | "label" | "exclude" | "include"
    | "name_kind" | "merge_kinds" | "unit" | "name_unit" | "merge_units";
  id?: number;
  sample_index?: number;
  to?: number;
  /** A move to this very sample, not to the peak near it. */
  exact?: boolean;
  kind?: number;
  label?: string;
  start?: number;
  stop?: number;
  reason?: string;
  name?: string;
  /** Spikes to be put into a unit; a new one unless it is named. */
  ids?: number[];
  unit?: number;
  /** What becomes part of `into`. */
  kinds?: number[];
  units?: number[];
  into?: number;
}

export interface Job {
  job?: string;
  state: "running" | "done" | "failed" | "cancelled";
  progress: number;
  words: string;
  result?: unknown;
  error?: string;
}

export interface Preview {
  count: number;
  sample_index: number[];
  appear: number[];
  vanish: number[];
  /** The samples that were looked at, which may be more than were asked for. */
  part?: [number, number];
}

export interface SweepCurve {
  values: number[];
  counts: number[];
  errors: (number | null)[] | null;
}

/** Talking with the server: every answer is either what was asked for or a `Failure` with its words. */

import { parseSpikes } from "./packing";
import { parseWaveforms, type Waveforms } from "./waveforms";
import type {
  Edit, EditsAnswer, Facts, Job, Methods, Preview, RecordingEntry, SpikesAnswer, SweepCurve, UnitRow, Values,
} from "./contract";

/** Tells the server which of its windows asks. */
const WINDOW = Math.random().toString(36).slice(2);

export class Failure extends Error {
  constructor(
    readonly status: number,
    words: string,
  ) {
    super(words);
  }

  /** Nothing answered at all. */
  get isGone(): boolean {
    return this.status === 0;
  }
}

export function isAborted(why: unknown): boolean {
  return why instanceof DOMException && why.name === "AbortError";
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch (why) {
    if (isAborted(why)) throw why;
    throw new Failure(0, "the viewer's server does not answer; whatever it had acknowledged is kept");
  }
  if (answer.ok) return answer;
  if (answer.status === 401) {
    throw new Failure(401, "this window is not known to the server: open the address that spikelens view printed");
  };
  const told = (await answer.json().catch(() => ({}))) as { error?: string };
  throw new Failure(answer.status, told.error ?? `the server answered ${answer.status}`);
}

async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, signal ? { signal } : {})).json()) as T;
}

async function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { "Content-Type": "application/json", "X-Window": WINDOW };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) });
}

export interface Asked {
  method: string;
  parameters: Values;
  /** Left as they are when absent, null for what suits the recording. */
  channel?: number | null;
  mode?: string | null;
  polarity?: string | null;
}

export const recordings = () => json<{ recordings: RecordingEntry[]; version: string }>("/api/recordings");
export const methods = () => json<Methods>("/api/methods");
export const job = (id: string) => json<Job>(`/api/jobs/${id}`);
export const cancel = (id: string) => post(`/api/jobs/${id}/cancel`, {});

/** The routes of one recording. */
export class Door {
  private readonly at: string;

  constructor(readonly id: string) {
    this.at = `/api/recordings/${encodeURIComponent(id)}`;
  }

  facts(): Promise<Facts> {
    return json<Facts>(this.at);
  }

  /** The table; while there is none, the server says why in JSON. */
  async spikes(columns: readonly string[]): Promise<SpikesAnswer> {
    const answer = await ask(`${this.at}/spikes?columns=${columns.join(",")}&as=bytes`);
    const isBytes = answer.headers.get("content-type") === "application/octet-stream";
    return isBytes ? parseSpikes(await answer.arrayBuffer()) : ((await answer.json()) as SpikesAnswer);
  }

  /** Where tiles `first` to `last` of a level are. */
  tilesPath(trace: string, level: number, first: number, last: number, filter: string, version: string): string {
    const kept = filter ? `&${filter}` : "";
    return `${this.at}/tiles?channel=${trace}&level=${level}&tile=${first}&last=${last}${kept}&v=${version.slice(0, 16)}`;
  }

  async bytes(path: string, signal: AbortSignal): Promise<ArrayBuffer> {
    return (await ask(path, { signal, cache: "no-store" })).arrayBuffer();
  }

  async waveforms(ids: string, before: number, after: number, most: number, signal: AbortSignal): Promise<Waveforms> {
    const query = `ids=${ids}&before=${before}&after=${after}&most=${most}`;
    return parseWaveforms(await this.bytes(`${this.at}/waveforms?${query}`, signal));
  }

  /** Two numbers for every spike: its place along the main directions of the waveforms. */
  async components(signal: AbortSignal): Promise<Waveforms> {
    return parseWaveforms(await this.bytes(`${this.at}/components`, signal));
  }

  async units(signal: AbortSignal): Promise<UnitRow[]> {
    return (await json<{ units: UnitRow[] }>(`${this.at}/units`, signal)).units;
  }

  async edits(revision: number, edits: Edit[]): Promise<EditsAnswer> {
    return (await (await post(`${this.at}/edits`, { revision, edits })).json()) as EditsAnswer;
  }

  async turn(which: "undo" | "redo", revision: number): Promise<EditsAnswer> {
    return (await (await post(`${this.at}/${which}`, { revision })).json()) as EditsAnswer;
  }

  async detect(asked: Asked): Promise<string> {
    return ((await (await post(`${this.at}/detect`, asked)).json()) as { job: string }).job;
  }

  async preview(asked: Asked, start: number, stop: number, signal: AbortSignal): Promise<Preview> {
    return (await (await post(`${this.at}/preview`, { ...asked, start, stop }, signal)).json()) as Preview;
  }

  async curve(asked: Asked, parameter: string, values: number[], signal: AbortSignal): Promise<SweepCurve> {
    return (await (await post(`${this.at}/sweep-curve`, { ...asked, parameter, values }, signal)).json()) as SweepCurve;
  }

  async train(save: string): Promise<string> {
    const body = save ? { save } : {};
    return ((await (await post(`${this.at}/train`, body)).json()) as { job: string }).job;
  }

  next(by: "uncertain" | "differ", n: number): Promise<{ ids: number[]; left: number }> {
    return json(`${this.at}/labels/next?by=${by}&n=${n}`);
  }

  /** Starts a comparison of the whole recording's spikes with what other settings would find. */
  async compare(asked: Asked): Promise<string> {
    return ((await (await post(`${this.at}/compare`, asked)).json()) as { job: string }).job;
  }

  async exported(format: string, facts: Record<string, string>): Promise<{ blob: Blob; name: string }> {
    const answer = await post(`${this.at}/export`, { format, facts });
    const told = answer.headers.get("content-disposition") ?? "";
    const name = /filename="([^"]+)"/.exec(told)?.[1] ?? `spikes.${format}`;
    return { blob: await answer.blob(), name };
  }

  /** Messages of the server about this recording, until the answer is called. */
  listen(heard: (kind: string, data: Record<string, unknown>) => void): () => void {
    const source = new EventSource(`${this.at}/stream`);
    for (const kind of ["revision", "job", "pyramid"]) {
      source.addEventListener(kind, (message) => {
        heard(kind, JSON.parse((message as MessageEvent<string>).data) as Record<string, unknown>);
      });
    }
    return () => source.close();
  }
}

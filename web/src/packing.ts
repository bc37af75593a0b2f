/** A table of spikes as it comes in bytes; see the server's packing for the layout. */

import type { SpikesAnswer } from "./contract";

const MAGIC = 0x31534c53;

interface Described {
  name: string;
  type: "f8" | "u1" | "u2" | "u4";
  words?: string[];
}

/** Reads a table; throws when the bytes are none. */
export function parseSpikes(bytes: ArrayBuffer): SpikesAnswer {
  const view = new DataView(bytes);
  if (bytes.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw new Error("what came is no table of spikes");
  let at = 8 + view.getUint32(4, true);
  if (at > bytes.byteLength) throw new Error("the table of spikes came cut short");
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, at - 8))) as Omit<SpikesAnswer, "columns"> & { n: number; columns: Described[] };
  const columns: SpikesAnswer["columns"] = {};
  for (const { name, type, words } of head.columns) {
    const size = head.n * Number(type[1]);
    if (at + size > bytes.byteLength) throw new Error("the table of spikes came cut short");
    columns[name] = words ? wordsOf(codesOf(bytes, at, head.n, type), words) : new Float64Array(bytes, at, head.n);
    at += size + ((8 - (size % 8)) % 8);
  }
  return { ...head, columns };
}

function codesOf(bytes: ArrayBuffer, at: number, n: number, type: Described["type"]): ArrayLike<number> {
  if (type === "u1") return new Uint8Array(bytes, at, n);
  return type === "u2" ? new Uint16Array(bytes, at, n) : new Uint32Array(bytes, at, n);
}

function wordsOf(codes: ArrayLike<number>, words: readonly string[]): string[] {
  const out = new Array<string>(codes.length);
  for (let k = 0; k < codes.length; k += 1) out[k] = words[codes[k]!]!;
  return out;
}

/** Numbers in SI units, written for people. */

const PREFIXES: readonly [number, string][] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
  [1e-12, "p"],
  [1e-15, "f"],
];
const PREFIXED = new Set(["V", "A", "V/s", "Hz", "s"]);

/** The factor and the unit to show values up to `largest` in. */
export function prefixFor(largest: number, unit: string): [number, string] {
  if (!PREFIXED.has(unit) || !(largest > 0)) return [1, unit];
  if (unit === "Hz" && largest < 1000) return [1, unit];
  const found = PREFIXES.find(([factor]) => largest >= factor * 0.9999) ?? PREFIXES[PREFIXES.length - 1]!;
  const factor = unit === "s" && found[0] > 1 ? 1 : found[0];
  return [factor, (factor === 1 ? "" : found[1]) + unit];
}

/** A number with a true minus sign and as many digits as asked, without trailing zeros. */
export function digits(value: number, significant = 4): string {
  if (!Number.isFinite(value)) return "–";
  const text = Number(value.toPrecision(significant));
  const plain = Math.abs(text) >= 1e7 || (text !== 0 && Math.abs(text) < 1e-4) ? text.toExponential() : String(text);
  return plain.replace("-", "−");
}

/** A number of things, such as "1 spike" or "1,024 spikes". */
export function counted(n: number, thing: string): string {
  return `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;
}

/** A value with its unit, such as "−52.3 mV". */
export function withUnit(value: number | null, unit: string, significant = 4): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const [factor, shown] = prefixFor(Math.abs(value), unit);
  return `${digits(value / factor, significant)}${shown ? `\u202f${shown}` : ""}`;
}

/** Steps of 1, 2 or 5 times a power of ten, no smaller than `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const lead = least / power;
  const step = lead <= 1.0001 ? 1 : lead <= 2.0001 ? 2 : lead <= 5.0001 ? 5 : 10;
  return step * power;
}

/** Round positions from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): { at: number[]; step: number } {
  if (!(high > low)) return { at: [], step: 1 };
  const step = niceStep((high - low) / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return { at: Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step), step };
}

/** Decimals that tell multiples of `step` apart. */
export function decimalsFor(step: number): number {
  return Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9)));
}

/** Seconds as a person reads them: "12.345 s", "3:07.25", "1:02:03". */
export function clock(seconds: number, decimals: number): string {
  const sign = seconds < 0 ? "−" : "";
  const whole = Number(Math.abs(seconds).toFixed(decimals));
  if (whole < 600) return `${sign}${whole.toFixed(decimals)}`;
  const rest = (whole % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${sign}${minutes}:${rest}`;
  return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Reads "12.5", "3:07.25" or "1:02:03" as seconds; null when it is none of them. */
export function readClock(text: string): number | null {
  const parts = text.trim().replace("s", "").replace("−", "-").trim().split(":");
  const numbers = parts.map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length > 3 || numbers.some((n) => !Number.isFinite(n))) return null;
  return numbers.reduce((sum, n) => sum * 60 + n, 0);
}

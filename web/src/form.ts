/** A form made from the declarations of a method's parameters: the same that the command line's flags are made from. */

import type { MethodEntry, Parameter, Values } from "./contract";
import { el, option } from "./dom";
import { withUnit } from "./si";

/** Shown in the unit a person would say it in, and kept in the unit it was declared in. */
const SHOWN: Record<string, [number, string]> = { V: [1e-3, "mV"], A: [1e-12, "pA"], s: [1e-3, "ms"] };

export interface Form {
  fields: HTMLElement;
  values: () => Values;
  set: (name: string, value: number) => void;
}

export function cutoffOf(method: MethodEntry): Parameter | undefined {
  return method.parameters.find((p) => p.name === "cutoff") ?? method.parameters.find((p) => p.name === "cut");
}

/** The number a field shows for a value as declared. */
export function toShown(value: number, unit: string): number {
  return Number((value / (SHOWN[unit]?.[0] ?? 1)).toPrecision(9));
}

/** The value as declared, of a number that a field shows. */
export function fromShown(shown: number, unit: string): number {
  return Number((shown * (SHOWN[unit]?.[0] ?? 1)).toPrecision(9));
}

/** `of` tells the fields of one form on the page from another's. */
export function formOf(method: MethodEntry, known: Values, changed: () => void, of = "parameter"): Form {
  const inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
  const main = cutoffOf(method);
  const ordered = [...method.parameters].sort((a, b) => Number(b === main) - Number(a === main));
  const fields = ordered.map((p) => {
    const input = inputOf(p, p.name in known ? known[p.name]! : p.default);
    input.id = `${of}-${p.name}`;
    input.addEventListener("input", changed);
    inputs.set(p.name, input);
    const unit = el("span", { className: "unit" }, SHOWN[p.unit]?.[1] ?? p.unit);
    const label = el("label", { htmlFor: input.id, title: p.flag }, p.name.replaceAll("_", " "));
    return el("div", { className: "field" }, label, el("span", {}, input, " ", unit), el("small", {}, helpOf(p)));
  });
  return {
    fields: el("div", {}, ...fields),
    values: () => Object.fromEntries(method.parameters.map((p) => [p.name, valueOf(p, inputs.get(p.name)!)])),
    set: (name, value) => {
      const declared = method.parameters.find((p) => p.name === name);
      if (declared) inputs.get(name)!.value = String(toShown(value, declared.unit));
    },
  };
}

function helpOf(p: Parameter): string {
  const shown = p.default === null ? "chosen from the recording" : typeof p.default === "number" ? withUnit(p.default, p.unit) : String(p.default);
  return `${p.help} Default: ${shown}.`;
}

function inputOf(p: Parameter, value: Values[string]): HTMLInputElement | HTMLSelectElement {
  if (p.choices.length) return el("select", {}, ...p.choices.map((c) => option(c, c, c === value)));
  if (p.type === "bool") return el("input", { type: "checkbox", checked: value === true });
  if (p.type === "str") return el("input", { type: "text", size: 12, value: value === null ? "" : String(value) });
  const input = el("input", { type: "number", step: p.type === "int" ? "1" : "any" });
  if (p.minimum !== null) input.min = String(toShown(p.minimum, p.unit));
  if (p.maximum !== null) input.max = String(toShown(p.maximum, p.unit));
  if (typeof value === "number") input.value = String(toShown(value, p.unit));
  return input;
}

function valueOf(p: Parameter, input: HTMLInputElement | HTMLSelectElement): Values[string] {
  if (input instanceof HTMLInputElement && p.type === "bool") return input.checked;
  if (input.value === "") return p.default === "" ? "" : null;
  return p.type === "str" ? input.value : fromShown(Number(input.value), p.unit);
}

/** Values of a parameter to count spikes at: evenly between its bounds, or over two decades. */
export function valuesAround(p: Parameter, value: number, n = 21): number[] {
  const even = (low: number, high: number) => Array.from({ length: n }, (_, k) => Number((low + ((high - low) * k) / (n - 1)).toPrecision(6)));
  if (p.name === "cut") return even(0.02, 0.98);
  if (p.minimum !== null && p.minimum < 0) return even(value - 0.04, value + 0.04);
  const most = p.maximum ?? Infinity;
  const least = p.minimum ?? 0;
  return Array.from({ length: n }, (_, k) => Number((value * 6 ** ((2 * k) / (n - 1) - 1)).toPrecision(4))).filter((v) => v >= least && v <= most);
}

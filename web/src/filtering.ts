/** Raw or filtered: which filter the trace is drawn through, and its parameters as a form. */

import { byId, el, option, settled } from "./dom";
import { formOf, type Form } from "./form";
import type { MethodEntry, Parameter, Values } from "./contract";
import { withUnit } from "./si";
import type { Store } from "./store";
import { forgetRanges } from "./trace";

/** A filter as requests name it; the same text tells its tiles from others'. */
export function queryOf(name: string, values: Values): string {
  const given = Object.entries(values).map(([key, value]) => `${key}=${encodeURIComponent(String(value ?? "none"))}`);
  return [`filter=${encodeURIComponent(name)}`, ...given].join("&");
}

/** A filter as people read it: its name, and every parameter that says something. */
export function wordsOf(name: string, values: Values, declared: readonly Parameter[]): string {
  const told = declared.flatMap((p) => {
    const value = values[p.name];
    const words = p.name.replaceAll("_", " ");
    if (value === undefined || value === null || value === false || value === "") return [];
    if (value === true) return [words];
    return [`${words} ${typeof value === "number" ? withUnit(value, p.unit) : value}`];
  });
  return [name, ...told].join(", ");
}

/** What a table's provenance says of the filter that the method looked through. */
export function soughtIn(filter: Record<string, Values[string]> | null | undefined, known: readonly MethodEntry[]): string {
  if (!filter) return "the trace as recorded";
  const { name, ...values } = filter;
  const declared = known.find((f) => f.name === name)?.parameters ?? [];
  return `the trace through ${wordsOf(String(name), values, declared)}`;
}

/** References compare channels: of a single one they leave nothing. */
const NEEDS_MANY = /_reference$/;

export function filtering(store: Store): void {
  const choice = byId<HTMLSelectElement>("filter");
  const menu = byId<HTMLDetailsElement>("filter-settings");
  const place = menu.querySelector("div")!;
  let form: Form | null = null;
  const methodOf = (name: string) => store.methods?.filters?.find((f) => f.name === name);
  const apply = () => {
    const method = methodOf(choice.value);
    const values = form?.values() ?? {};
    show(store, method ? queryOf(method.name, values) : "", method ? wordsOf(method.name, values, method.parameters) : "");
  };
  const soon = settled(250, apply);
  const choose = (name: string, values: Values = {}) => {
    const method = methodOf(name);
    choice.value = method ? name : "";
    menu.hidden = !method || !method.parameters.length;
    form = method ? formOf(method, values, soon, "filter") : null;
    const note = el("p", { className: "said" }, "The filter is for the eye: what a method looks through is its own, and said under Detect.");
    place.replaceChildren(...(form && method ? [el("p", { className: "said" }, method.summary), form.fields, note] : []));
    apply();
  };
  choice.addEventListener("change", () => choose(choice.value));
  document.addEventListener("filter", (event) => {
    const { name, ...values } = (event as CustomEvent<{ name: string } & Values>).detail;
    choose(String(name), values);
  });
  store.on(["recording"], () => {
    const isMany = (store.facts?.channels.length ?? 0) > 1;
    const fit = (store.methods?.filters ?? []).filter((f) => isMany || !NEEDS_MANY.test(f.name));
    const kept = store.filter ? choice.value : "";
    choice.replaceChildren(option("", "raw"), ...fit.map((f) => option(f.name, f.name, f.name === kept)));
    if (!kept) choose("");
  });
}

function show(store: Store, filter: string, words: string): void {
  if (store.filter === filter) return;
  store.filter = filter;
  store.filterWords = words;
  forgetRanges();
  store.heights.clear();
  store.touch("view", "lanes");
}

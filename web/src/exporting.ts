/** Export: the table as CSV, Parquet or NWB from the server, the view as PNG or SVG from the page itself. */

import { complain } from "./actions";
import { byId, el, openDialog, option, say } from "./dom";
import { SvgPen } from "./pen";
import type { Store } from "./store";
import { drawTrace } from "./trace";

const PNG_SCALE = 3;
const FORMATS: [string, string][] = [
  ["csv", "CSV, the table of spikes"],
  ["parquet", "Parquet, the table with units and rules"],
  ["nwb", "NWB, recording and spikes"],
  ["phy", "phy, a folder to sort by hand (zip)"],
  ["png", "PNG, what is in view"],
  ["svg", "SVG, what is in view"],
];
type Fact = [name: string, words: string, choices?: string[]];
const SUBJECT: Fact[] = [
  ["subject_id", "Name"],
  ["species", "Species (Mus musculus)"],
  ["sex", "Sex", ["U", "F", "M", "O"]],
  ["age", "Age (such as P30D)"],
  ["genotype", "Genotype"],
  ["description", "Description"],
];
const SESSION: Fact[] = [
  ["session_description", "Description"],
  ["session_start_time", "Began (2026-01-31T14:00)"],
  ["session_id", "Number"],
  ["experimenter", "Experimenter"],
  ["lab", "Laboratory"],
  ["institution", "Institution"],
  ["notes", "Notes"],
];

export function exporting(store: Store): void {
  const fit = FORMATS.filter(([value]) => value !== "phy" || store.table.isSorted);
  const radios = fit.map(([value, words], k) => {
    const box = el("input", { type: "radio", name: "format", value, checked: k === 0 });
    return el("label", {}, box, words);
  });
  const part = (title: string, facts: Fact[]) => el("fieldset", {}, el("legend", {}, title), ...facts.map(factField));
  const asked = el("div", { hidden: true }, el("p", { className: "said" }, "What NWB asks for and the file does not say; empty ones are left out."), el("div", { className: "columns" }, part("Subject", SUBJECT), part("Session", SESSION)));
  const refused = el("p", { className: "said bad", role: "alert" });
  const go = el("button", { type: "submit", className: "primary" }, "Export");
  const close = el("button", { type: "button", onclick: () => byId<HTMLDialogElement>("dialog").close() }, "Close");
  const form = el("form", {}, el("div", { className: "choices", role: "radiogroup", "aria-label": "Format" }, ...radios), asked, refused, el("div", { className: "line" }, go, close));
  const format = () => String(new FormData(form).get("format"));
  form.addEventListener("change", () => (asked.hidden = format() !== "nwb"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    refused.textContent = "";
    go.disabled = true;
    void run(store, format(), factsOf(form))
      .then(() => byId<HTMLDialogElement>("dialog").close(), (why: unknown) => {
        // The dialog hides the status line; what was typed stays, to be mended.
        refused.textContent = why instanceof Error ? why.message : String(why);
        complain(why);
      })
      .finally(() => (go.disabled = false));
  });
  openDialog("Export", form);
}

function factField([name, words, choices]: Fact): HTMLElement {
  const id = `fact-${name}`;
  const input = choices ? el("select", { id, name }, option(""), ...choices.map((c) => option(c))) : el("input", { id, name, type: "text" });
  return el("div", { className: "field" }, el("label", { htmlFor: id }, words), input);
}

function factsOf(form: HTMLFormElement): Record<string, string> {
  const given = [...new FormData(form)].filter(([name, value]) => name !== "format" && String(value).trim());
  return Object.fromEntries(given.map(([name, value]) => [name, String(value).trim()]));
}

async function run(store: Store, format: string, facts: Record<string, string>): Promise<void> {
  if (format === "png") return save(await pngOf(store), nameOf(store, "png"));
  if (format === "svg") return save(new Blob([svgOf(store)], { type: "image/svg+xml" }), nameOf(store, "svg"));
  say("exporting …");
  const { blob, name } = await store.door!.exported(format, facts);
  save(blob, name);
}

function nameOf(store: Store, suffix: string): string {
  return `${(store.facts?.name ?? "recording").replace(/\.[^.]*$/, "")}-view.${suffix}`;
}

function save(blob: Blob, name: string): void {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  say(`exported ${name}`);
}

function sizeOf(): { width: number; height: number } {
  const canvas = byId<HTMLCanvasElement>("trace");
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}

export function svgOf(store: Store): string {
  const { width, height } = sizeOf();
  const pen = new SvgPen();
  drawTrace(pen, width, height, store);
  return pen.text(width, height, store.facts?.name ?? "recording");
}

function pngOf(store: Store): Promise<Blob> {
  const { width, height } = sizeOf();
  const canvas = el("canvas", { width: width * PNG_SCALE, height: height * PNG_SCALE });
  const pen = canvas.getContext("2d")!;
  pen.scale(PNG_SCALE, PNG_SCALE);
  drawTrace(pen, width, height, store);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("the picture could not be made")))));
}

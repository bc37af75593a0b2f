/** The panels at the side, one shown at a time, chosen by tabs (arrows move between them). */

import { detecting } from "./detecting";
import { byId, el } from "./dom";
import { grouping } from "./grouping";
import { listing } from "./listing";
import { responding } from "./responding";
import { reviewing } from "./reviewing";
import type { Store } from "./store";

type Fill = (panel: HTMLElement, store: Store) => void;
const PANELS: [string, Fill][] = [
  ["Spikes", listing],
  ["Detect", detecting],
  ["Review", reviewing],
  ["Kinds", grouping],
  ["Events", responding],
  ["Facts", facts],
];

export function panels(store: Store): void {
  const tabs = PANELS.map(([name]) => {
    const id = name.toLowerCase();
    return el("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}` }, name);
  });
  const made = PANELS.map(([name, fill]) => {
    const id = name.toLowerCase();
    const panel = el("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, tabIndex: 0 });
    fill(panel, store);
    return panel;
  });
  const choose = (at: number) => {
    tabs.forEach((tab, k) => {
      tab.setAttribute("aria-selected", String(k === at));
      tab.tabIndex = k === at ? 0 : -1;
      made[k]!.hidden = k !== at;
    });
    store.touch("panel");
  };
  tabs.forEach((tab, k) => {
    tab.addEventListener("click", () => choose(k));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by === undefined) return;
      const next = (k + by + tabs.length) % tabs.length;
      choose(next);
      tabs[next]!.focus();
    });
  });
  document.querySelector('[role="tablist"]')!.append(...tabs);
  byId("panels").append(...made);
  choose(0);
}

function facts(panel: HTMLElement, store: Store): void {
  store.on(["recording", "spikes"], () => {
    const known = store.facts;
    if (!known) return;
    const list = Object.entries(known.facts).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
    const said = [...known.warnings, ...known.session.reported].map((w) => el("li", {}, w));
    const method = Object.entries(store.table.parameters).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value ?? "chosen"))]);
    panel.replaceChildren(
      el("h2", {}, "Recording"),
      el("dl", {}, ...list),
      ...(said.length ? [el("h2", {}, "To know"), el("ul", {}, ...said)] : []),
      el("h2", {}, `Found by ${store.table.method ?? "nothing yet"}`),
      el("dl", {}, ...method),
    );
  });
}

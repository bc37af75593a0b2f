/** Colours, read from the page's style so that light and dark are said once. */

export interface Palette {
  paper: string;
  ink: string;
  muted: string;
  line: string;
  faint: string;
  spike: string;
  rest: string;
  mark: string;
  select: string;
  kinds: string[];
}

// Told apart by colour-blind people (Okabe and Ito, 2008); the first is a spike without a kind.
const KINDS_LIGHT = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07800", "#3a9fd8", "#20262b", "#7a5cc0", "#8a6d3b", "#5f7d1e"];
const KINDS_DARK = ["#56b4e9", "#ee8a45", "#2fc79a", "#e39cc4", "#f0b429", "#8cc8ff", "#ffffff", "#b8a1ef", "#d3b27c", "#b5d36a"];

let known: Palette | null = null;

export function isDark(): boolean {
  return document.documentElement.dataset["theme"] === "dark";
}

export function palette(): Palette {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const named = (name: string) => style.getPropertyValue(`--${name}`).trim();
  known = {
    paper: named("paper"),
    ink: named("ink"),
    muted: named("muted"),
    line: named("line"),
    faint: named("faint"),
    spike: named("spike"),
    rest: named("rest"),
    mark: named("mark"),
    select: named("select"),
    kinds: isDark() ? KINDS_DARK : KINDS_LIGHT,
  };
  return known;
}

/** Takes light or dark as asked, or as the system has it. */
export function setTheme(wanted: string | null): void {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset["theme"] = wanted ?? system;
  known = null;
}

/** A small plot: uPlot makes axes, cursor and the dragged range; what is in it is drawn by its owner. */

import uPlot from "uplot";
import { el } from "../dom";
import { palette } from "../palette";
import { digits, prefixFor, withUnit } from "../si";
import type { Point } from "../waveforms";
import { Loop } from "./loop";

export interface Axis {
  label: string;
  unit: string;
  low: number;
  high: number;
  isLog?: boolean;
  /** Ticks at whole numbers only. */
  isCount?: boolean;
}

const WHOLE = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((lead) => lead * 10 ** power));

export interface Box {
  x: [number, number];
  y: [number, number];
}

interface Asked {
  /** Draws what is in the plot; pixels are the canvas's own. */
  draw: (u: uPlot) => void;
  /** Told of a range that was dragged over. */
  chosen?: (box: Box) => void;
  drag?: "x" | "xy" | "none";
  /** Told of a loop that was drawn, in the plot's own pixels, instead of a range. */
  lasso?: (loop: Point[]) => void;
}

const FONT = '11px system-ui, "Noto Sans", "DejaVu Sans", sans-serif';

export class SidePlot {
  readonly figure: HTMLElement;
  private readonly note: HTMLElement;
  private readonly place: HTMLElement;
  private plot: uPlot | null = null;
  private known = "";
  private axes: [Axis, Axis] | null = null;
  private readonly drawing: Loop;

  constructor(
    title: string,
    private readonly asked: Asked,
  ) {
    this.note = el("small");
    this.place = el("div");
    this.figure = el("figure", {}, el("figcaption", {}, `${title} `, this.note), this.place);
    new ResizeObserver(() => this.resize()).observe(this.place);
    const takes = asked.lasso ? "lasso" : asked.chosen ? (asked.drag === "xy" ? "box" : "range") : "nothing";
    this.drawing = new Loop(this.place, {
      title,
      takes,
      plot: () => this.plot,
      told: (at) => this.valuesAt(at),
      done: (loop) => this.drawn(loop),
    });
  }

  /** The values under a place, as words. */
  private valuesAt([x, y]: Point): string {
    if (!this.plot || !this.axes) return "";
    const told = (axis: Axis, value: number) => `${axis.label} ${withUnit(value, axis.unit, 3)}`;
    const across = told(this.axes[0], this.plot.posToVal(x, "x"));
    return this.asked.chosen && this.asked.drag !== "xy" ? across : `${across}, ${told(this.axes[1], this.plot.posToVal(y, "y"))}`;
  }

  private drawn(loop: Point[]): void {
    const u = this.plot;
    if (this.asked.lasso) return this.asked.lasso(loop);
    const [a, b] = [loop[0], loop[loop.length - 1]];
    if (!u || !a || !b) return;
    const between = (p: number, q: number, axis: "x" | "y"): [number, number] => {
      const [one, other] = [u.posToVal(p, axis), u.posToVal(q, axis)];
      return [Math.min(one, other), Math.max(one, other)];
    };
    this.asked.chosen?.({ x: between(a[0], b[0], "x"), y: this.asked.drag === "xy" ? between(a[1], b[1], "y") : [-Infinity, Infinity] });
  }

  get u(): uPlot | null {
    return this.plot;
  }

  /** Says beside the title, and to screen readers, what the plot shows. */
  say(text: string): void {
    this.note.textContent = text;
    this.drawing.tell(text);
  }

  /** Draws anew, with axes that reach as far as given. */
  show(x: Axis, y: Axis): void {
    const key = JSON.stringify([x.label, x.unit, prefixOf(x), y.label, y.unit, prefixOf(y), x.isLog, palette().ink]);
    if (!this.plot || key !== this.known) this.make(x, y);
    this.known = key;
    this.axes = [x, y];
    const plot = this.plot!;
    plot.batch(() => {
      plot.setScale("x", { min: x.low, max: x.high });
      plot.setScale("y", { min: y.low, max: y.high });
    });
    plot.redraw(false);
  }

  private make(x: Axis, y: Axis): void {
    this.plot?.destroy();
    const drag = this.asked.drag ?? "x";
    const size = { width: Math.max(80, this.place.clientWidth), height: Math.max(60, this.place.clientHeight) };
    this.plot = new uPlot(
      {
        ...size,
        legend: { show: false },
        padding: [6, 18, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: drag !== "none", y: drag === "xy", setScale: false, dist: 4 } },
        scales: {
          x: { time: false, auto: false, range: (_, low, high) => [low, high], ...(x.isLog ? { distr: 3 } : {}) },
          y: { auto: false, range: (_, low, high) => [low, high] },
        },
        axes: [axisOf(x, 26), axisOf(y, 46)],
        series: [{}, { show: true, paths: () => null, points: { show: false } }],
        hooks: { draw: [(u) => this.within(u)], setSelect: [(u) => this.selected(u)] },
      },
      [
        [x.low, x.high],
        [y.low, y.high],
      ],
      this.place,
    );
    if (this.asked.lasso) this.drawing.listen(this.plot.over);
  }

  private within(u: uPlot): void {
    const { left, top, width, height } = u.bbox;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    this.asked.draw(u);
    this.drawing.draw(u);
    u.ctx.restore();
  }

  private selected(u: uPlot): void {
    const { left, top, width, height } = u.select;
    if (!this.asked.chosen || width < 2) return;
    const whole = this.asked.drag !== "xy";
    const y: [number, number] = whole ? [-Infinity, Infinity] : [u.posToVal(top + height, "y"), u.posToVal(top, "y")];
    this.asked.chosen({ x: [u.posToVal(left, "x"), u.posToVal(left + width, "x")], y });
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (this.plot && width > 40 && height > 40) this.plot.setSize({ width, height });
  }
}

function prefixOf(axis: Axis): [number, string] {
  return prefixFor(Math.max(Math.abs(axis.low), Math.abs(axis.high)), axis.unit);
}

function axisOf(axis: Axis, size: number): uPlot.Axis {
  const { muted, line } = palette();
  const isX = size < 30;
  const [factor, unit] = axis.isLog ? [1, axis.unit] : prefixOf(axis);
  return {
    stroke: muted,
    font: FONT,
    labelFont: FONT,
    size: isX ? 22 : 40,
    label: `${axis.label}${unit ? ` (${unit})` : ""}`,
    labelSize: 15,
    labelGap: 0,
    gap: 3,
    grid: { show: false },
    border: { show: true, stroke: line, width: 1 },
    ticks: { stroke: line, size: 4, width: 1 },
    space: isX ? 36 : 26,
    ...(axis.isCount ? { incrs: WHOLE } : {}),
    values: (_, splits) => splits.map((v) => textOf(v, factor, axis)),
  };
}

function textOf(value: number, factor: number, axis: Axis): string {
  if (axis.isLog) {
    const [own, unit] = prefixFor(Math.abs(value) * 1.001, axis.unit);
    return Math.abs(Math.log10(value) % 1) < 1e-6 ? `${digits(value / own, 2)}\u202f${unit}` : "";
  }
  if (axis.isCount && value >= 10_000) return `${digits(value / 1000, 4)}k`;
  return digits(value / factor, 6);
}

/** Draws bars of counts; edges and counts in the units of the scales. */
export function drawBars(u: uPlot, edges: Float64Array, counts: Float64Array, colour: string): void {
  const ground = u.valToPos(0, "y", true);
  u.ctx.fillStyle = colour;
  for (let k = 0; k < counts.length; k += 1) {
    if (!counts[k]) continue;
    const a = u.valToPos(edges[k]!, "x", true);
    const b = u.valToPos(edges[k + 1]!, "x", true);
    const y = u.valToPos(counts[k]!, "y", true);
    u.ctx.fillRect(a, y, Math.max(1, b - a - (b - a > 3 ? 1 : 0)), Math.max(1, ground - y));
  }
}

/** A line from foot to top at a value of the x axis, with a word at its head. */
export function drawUpright(u: uPlot, x: number, colour: string, word = ""): void {
  const at = Math.round(u.valToPos(x, "x", true)) + 0.5;
  const { top, height, left, width } = u.bbox;
  if (at < left || at > left + width) return;
  u.ctx.strokeStyle = colour;
  u.ctx.lineWidth = devicePixelRatio * 1.3;
  u.ctx.setLineDash([5 * devicePixelRatio, 3 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(at, top);
  u.ctx.lineTo(at, top + height);
  u.ctx.stroke();
  u.ctx.setLineDash([]);
  if (!word) return;
  u.ctx.font = FONT.replace("11px", `${11 * devicePixelRatio}px`);
  u.ctx.fillStyle = palette().muted;
  const late = at > left + width * 0.6;
  u.ctx.textAlign = late ? "right" : "left";
  u.ctx.textBaseline = "top";
  u.ctx.fillText(word, at + (late ? -5 : 5), top);
}

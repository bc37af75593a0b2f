/** A loop or a range drawn in a plot, by pointer or by keys alone: arrows move a crosshair, enter sets corners. */

import type uPlot from "uplot";
import { say, settled } from "../dom";
import { palette } from "../palette";
import type { Point } from "../waveforms";

interface Asked {
  title: string;
  takes: "lasso" | "box" | "range" | "nothing";
  plot: () => uPlot | null;
  /** The values under a place, as words. */
  told: (at: Point) => string;
  done: (loop: Point[]) => void;
}

const STEP = 4;
const STRIDE = 24;
/** A corner this near to the first one, or to the one before it, closes the loop. */
const SAME = 5;
const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HOW: Record<Asked["takes"], string> = {
  lasso: "Arrows move a crosshair, with shift faster; enter sets the corners of a loop, and closes it when pressed again at the last corner; backspace takes one back; escape leaves.",
  box: "Arrows move a crosshair, with shift faster; enter at two corners selects what lies between; escape leaves.",
  range: "Arrows move a crosshair, with shift faster; enter at two places selects what lies between; escape leaves.",
  nothing: "",
};

export class Loop {
  private points: Point[] = [];
  /** Where the crosshair of the keys stands. */
  private cross: Point | null = null;
  private isHeld = false;
  private readonly soon = settled(250, () => this.cross && say(this.asked.told(this.cross)));

  constructor(
    private readonly place: HTMLElement,
    private readonly asked: Asked,
  ) {
    place.setAttribute("role", asked.takes === "nothing" ? "img" : "application");
    this.tell("");
    if (asked.takes === "nothing") return;
    place.tabIndex = 0;
    place.setAttribute("aria-roledescription", "plot");
    place.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("blur", () => this.leave());
  }

  /** Says to screen readers what the plot shows, and what its keys do. */
  tell(text: string): void {
    this.place.setAttribute("aria-label", [this.asked.title, text, HOW[this.asked.takes]].filter(Boolean).join(". "));
  }

  /** Follows a pointer that draws a loop; a click is a small one. */
  listen(over: HTMLElement): void {
    over.addEventListener("pointerdown", (event) => {
      this.isHeld = true;
      this.cross = null;
      this.points = [[event.offsetX, event.offsetY]];
      over.setPointerCapture(event.pointerId);
    });
    over.addEventListener("pointermove", (event) => {
      if (!this.isHeld) return;
      this.points.push([event.offsetX, event.offsetY]);
      this.redraw();
    });
    over.addEventListener("pointerup", () => this.isHeld && this.close(this.points.length > 3 ? this.points : around(this.points[0]!)));
    over.addEventListener("pointercancel", () => this.leave());
  }

  draw(u: uPlot): void {
    const { ink } = palette();
    const ratio = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    u.ctx.strokeStyle = u.ctx.fillStyle = ink;
    u.ctx.lineWidth = ratio;
    if (this.points.length) {
      const shown = this.cross ? [...this.points, this.cross] : this.points;
      u.ctx.setLineDash([4 * ratio, 3 * ratio]);
      u.ctx.beginPath();
      for (const [x, y] of this.outline(shown)) u.ctx.lineTo(left + x * ratio, top + y * ratio);
      u.ctx.closePath();
      u.ctx.stroke();
      u.ctx.setLineDash([]);
      if (this.cross) for (const [x, y] of this.points) u.ctx.fillRect(left + (x - 2) * ratio, top + (y - 2) * ratio, 4 * ratio, 4 * ratio);
    }
    if (!this.cross) return;
    const [x, y] = [left + this.cross[0] * ratio, top + this.cross[1] * ratio];
    u.ctx.globalAlpha = 0.6;
    u.ctx.beginPath();
    u.ctx.moveTo(x, top);
    u.ctx.lineTo(x, top + height);
    if (this.asked.takes !== "range") {
      u.ctx.moveTo(left, y);
      u.ctx.lineTo(left + width, y);
    }
    u.ctx.stroke();
    u.ctx.globalAlpha = 1;
  }

  /** What is drawn around: the loop itself, or the box between its first and last corner. */
  private outline(points: Point[]): Point[] {
    if (this.asked.takes === "lasso") return points;
    const u = this.asked.plot();
    const [a, b] = [points[0]!, points[points.length - 1]!];
    const [top, foot] = this.asked.takes === "range" ? [0, u?.over.clientHeight ?? 0] : [a[1], b[1]];
    return [[a[0], top], [b[0], top], [b[0], foot], [a[0], foot]];
  }

  private key(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    const isUsed = arrow || event.key === "Enter" || event.key === " " || (this.cross && (event.key === "Escape" || event.key === "Backspace"));
    if (!isUsed || event.ctrlKey || event.metaKey || event.altKey || !this.asked.plot()) return;
    event.preventDefault();
    event.stopPropagation();
    if (arrow) this.move(arrow, event.shiftKey ? STRIDE : STEP);
    else if (event.key === "Escape") this.leave("left the plot as it was");
    else if (event.key === "Backspace") this.takeBack();
    else this.corner();
    this.redraw();
  }

  private move([dx, dy]: Point, step: number): void {
    const { clientWidth, clientHeight } = this.asked.plot()!.over;
    const [x, y] = this.cross ?? [clientWidth / 2, clientHeight / 2];
    // The first arrow shows where the crosshair is.
    const by = this.cross ? step : 0;
    const within = (value: number, most: number) => Math.min(most, Math.max(0, value));
    this.cross = [within(x + dx * by, clientWidth), within(y + dy * by, clientHeight)];
    this.soon();
  }

  private corner(): void {
    if (!this.cross) return this.move([0, 0], 0);
    const here = this.cross;
    const isAt = (other: Point | undefined) => other !== undefined && Math.hypot(other[0] - here[0], other[1] - here[1]) < SAME;
    if (this.asked.takes !== "lasso") {
      this.points.push(here);
      if (this.points.length > 1) return this.close(this.points);
      return say(`from ${this.asked.told(here)}; enter at the other end selects`);
    }
    if (this.points.length > 2 && (isAt(this.points[0]) || isAt(this.points[this.points.length - 1]))) return this.close(this.points);
    if (isAt(this.points[this.points.length - 1])) return say("the loop needs three corners; move on", true);
    this.points.push(here);
    const more = this.points.length > 2 ? "; enter again closes the loop" : "";
    say(`corner ${this.points.length} at ${this.asked.told(here)}${more}`);
  }

  private takeBack(): void {
    this.points.pop();
    say(`${this.points.length} corners left`);
  }

  /** The selection says itself how many it took. */
  private close(loop: Point[]): void {
    this.isHeld = false;
    this.points = [];
    this.cross = null;
    this.redraw();
    this.asked.done(loop);
  }

  private leave(words = ""): void {
    if (words) say(words);
    if (!this.cross && !this.points.length) return;
    this.isHeld = false;
    this.points = [];
    this.cross = null;
    this.redraw();
  }

  private redraw(): void {
    this.asked.plot()?.redraw(false);
  }
}

function around([x, y]: Point): Point[] {
  return [[x - 3, y - 3], [x + 3, y - 3], [x + 3, y + 3], [x - 3, y + 3]];
}

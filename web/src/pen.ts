/** What drawing needs of a canvas, so that the same drawing can be written as SVG. */

export type Pen = Pick<
  CanvasRenderingContext2D,
  | "beginPath" | "moveTo" | "lineTo" | "closePath" | "rect" | "arc" | "stroke" | "fill" | "clip" | "fillRect" | "fillText"
  | "save" | "restore" | "setLineDash" | "strokeStyle" | "fillStyle" | "lineWidth" | "font" | "textAlign" | "textBaseline"
  | "globalAlpha" | "lineJoin"
>;

export const FONT = '12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

interface State {
  strokeStyle: string;
  fillStyle: string;
  lineWidth: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  globalAlpha: number;
  lineJoin: CanvasLineJoin;
  dash: number[];
  group: number;
}

const ANCHOR: Partial<Record<CanvasTextAlign, string>> = { center: "middle", right: "end", end: "end" };
const BASELINE: Partial<Record<CanvasTextBaseline, string>> = { middle: "central", top: "hanging", bottom: "text-after-edge" };

const short = (value: number) => String(Math.round(value * 100) / 100);

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** A pen that writes SVG. */
export class SvgPen implements Pen {
  strokeStyle: string = "#000";
  fillStyle: string = "#000";
  lineWidth = 1;
  font = FONT;
  textAlign: CanvasTextAlign = "left";
  textBaseline: CanvasTextBaseline = "alphabetic";
  globalAlpha = 1;
  lineJoin: CanvasLineJoin = "round";
  private dash: number[] = [];
  private path: string[] = [];
  private readonly out: string[] = [];
  private readonly states: State[] = [];
  private groups = 0;
  private clips = 0;

  beginPath(): void {
    this.path = [];
  }

  moveTo(x: number, y: number): void {
    this.path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.path.push(`L${short(x)} ${short(y)}`);
  }

  closePath(): void {
    this.path.push("Z");
  }

  rect(x: number, y: number, w: number, h: number): void {
    this.path.push(`M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z`);
  }

  /** Whole circles only. */
  arc(x: number, y: number, radius: number): void {
    const r = short(radius);
    this.path.push(`M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${short(2 * radius)} 0a${r} ${r} 0 1 0 ${short(-2 * radius)} 0`);
  }

  stroke(): void {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.add(`fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-linejoin="round"${dash}`);
  }

  fill(): void {
    this.add(`fill="${this.fillStyle}"`);
  }

  private add(style: string): void {
    const faint = this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : "";
    if (this.path.length) this.out.push(`<path d="${this.path.join("")}" ${style}${faint}/>`);
  }

  clip(): void {
    this.clips += 1;
    this.out.push(`<clipPath id="c${this.clips}"><path d="${this.path.join("")}"/></clipPath><g clip-path="url(#c${this.clips})">`);
    this.groups += 1;
  }

  fillRect(x: number, y: number, w: number, h: number): void {
    const kept = this.path;
    this.path = [];
    this.rect(x, y, w, h);
    this.fill();
    this.path = kept;
  }

  fillText(text: string, x: number, y: number): void {
    const size = /(\d+)px/.exec(this.font)?.[1] ?? "12";
    const weight = this.font.startsWith("600") ? ' font-weight="600"' : "";
    const anchor = ANCHOR[this.textAlign] ?? "start";
    const base = BASELINE[this.textBaseline] ?? "alphabetic";
    this.out.push(
      `<text x="${short(x)}" y="${short(y)}" font-size="${size}"${weight} text-anchor="${anchor}" dominant-baseline="${base}" fill="${this.fillStyle}">${escaped(text)}</text>`,
    );
  }

  setLineDash(dash: Iterable<number>): void {
    this.dash = [...dash];
  }

  save(): void {
    const { strokeStyle, fillStyle, lineWidth, font, textAlign, textBaseline, globalAlpha, lineJoin, dash, groups } = this;
    this.states.push({ strokeStyle, fillStyle, lineWidth, font, textAlign, textBaseline, globalAlpha, lineJoin, dash, group: groups });
  }

  restore(): void {
    const state = this.states.pop();
    if (!state) return;
    const { group, dash, ...rest } = state;
    Object.assign(this, rest);
    this.dash = dash;
    for (; this.groups > group; this.groups -= 1) this.out.push("</g>");
  }

  /** The whole drawing. */
  text(width: number, height: number, title: string): string {
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, Noto Sans, DejaVu Sans, sans-serif">` +
      `<title>${escaped(title)}</title>${this.out.join("\n")}</svg>\n`
    );
  }
}

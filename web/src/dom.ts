/** Small helpers for elements. */

export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page lacks #${id}`);
  return found as T;
}

type Given = Record<string, string | number | boolean | ((event: Event) => void)>;

/** An element with properties, `on...` listeners, `aria-`/`data-` attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Given = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for" || name === "scope") made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

export function option(value: string, text = value, selected = false): HTMLOptionElement {
  return el("option", { value, selected }, text);
}

/** Sets a canvas to its size on the page and returns a pen in page pixels. */
export function penOf(canvas: HTMLCanvasElement): { pen: CanvasRenderingContext2D; width: number; height: number } {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const pen = canvas.getContext("2d")!;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { pen, width, height };
}

/** Tells people how things stand, aloud for screen readers; `bad` in another colour. */
export function say(text: string, bad = false): void {
  const status = byId("status");
  status.textContent = text;
  status.classList.toggle("bad", bad);
}

/** Shows a dialog with a title and what it holds; Escape closes it. */
export function openDialog(title: string, ...children: (Node | string)[]): HTMLDialogElement {
  const dialog = byId<HTMLDialogElement>("dialog");
  dialog.replaceChildren(el("h2", { id: "dialog-title" }, title), ...children);
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/** Runs the last call `wait` ms after it was made. */
export function settled<A extends unknown[]>(wait: number, run: (...args: A) => void): (...args: A) => void {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => run(...args), wait);
  };
}

/** Runs `wait` ms after the first of several calls, once for all of them. */
export function soon(wait: number, run: () => void): () => void {
  let timer = 0;
  return () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      run();
    }, wait);
  };
}

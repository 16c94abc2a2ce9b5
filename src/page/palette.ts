/** The style sheet's colours, for what is painted and not styled. */
class Palette {
  /** Called when the reader changes between light and dark. */
  readonly onChange = new Set<() => void>();
  private readonly known = new Map<string, string>();
  private probe: HTMLElement | undefined;

  constructor() {
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.known.clear();
      for (const listener of this.onChange) listener();
    });
  }

  /** The colour that a custom property such as `--chart` stands for now, as a canvas takes it. */
  color(property: string): string {
    const known = this.known.get(property);
    if (known !== undefined) return known;
    // A custom property keeps `light-dark()` as it is written; an element's colour is what it comes to.
    this.probe ??= document.body.appendChild(document.createElement("span"));
    this.probe.hidden = true;
    this.probe.style.color = `var(${property})`;
    const color = getComputedStyle(this.probe).color;
    this.known.set(property, color);
    return color;
  }
}

export const palette = new Palette();

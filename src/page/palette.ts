/** The style sheet's colours, for what is painted and not styled. */
class Palette {
  /** Called when the reader changes between light and dark, or takes colours of their own. */
  readonly onChange = new Set<() => void>();
  private readonly known = new Map<string, string>();
  private probe: HTMLElement | undefined;

  constructor() {
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      window.matchMedia(query).addEventListener("change", () => {
        this.known.clear();
        for (const listener of this.onChange) listener();
      });
    }
  }

  /** The colour that a custom property such as `--chart` stands for now, as a canvas takes it. */
  color(property: string): string {
    const known = this.known.get(property);
    if (known !== undefined) return known;
    // A custom property keeps `light-dark()` as it is written; an element's colour is what it comes to.
    this.probe ??= document.body.appendChild(document.createElement("span"));
    this.probe.hidden = true;
    // Where colours are the reader's own, the style sheet says which of them a property stands for.
    this.probe.style.setProperty("forced-color-adjust", "none");
    this.probe.style.color = `var(${property})`;
    const color = getComputedStyle(this.probe).color;
    this.known.set(property, color);
    return color;
  }
}

export const palette = new Palette();

import { html } from "hono/html";
import type { Reading } from "../../../core/result.js";

/** Escaped markup, or text that will be escaped where it is put into markup. */
export type Markup = ReturnType<typeof html>;

export const none: Markup = html``;

/** The value as `format` puts it; `–` with the reason in words where there is none. */
export function quantity(reading: Reading<number> | undefined, format: (value: number) => string): Markup {
  if (reading === undefined) return html`<span class="quiet" title="not read yet">–</span>`;
  if (reading.ok) return html`<span class="number">${format(reading.value)}</span>`;
  const why = reading.why === "unsupported" ? "this GPU does not report it" : "it could not be read";
  return html`<span class="quiet" title="${why}">–</span>`;
}

/** How long ago `since` was, with the time itself for whoever points at it. */
export function duration(since: string, now: string): Markup {
  return html`<time datetime="${since}" title="${since}">${elapsed(Date.parse(now) - Date.parse(since))}</time>`;
}

/** `3 min ago`. */
export const ago = (since: string, now: string): Markup => html`${duration(since, now)} ago`;

/** The two largest units: `45 s`, `3 min`, `2 h 5 min`, `4 d 7 h`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min`;
  if (days < 1) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

import { headline, toneOf } from "../live/headline.js";
import type { Known, Lost } from "../live/known.js";
import type { LiveState } from "../live/state.js";

/** The title and the icon of the browser's tab, which are all that is seen of a page in the background. */
export function showInTab({ status, lost }: Known): void {
  const state = status?.state;
  const name = state === undefined ? "gpu-health" : state.server.hostname;
  const said = saidOf(state, lost);
  const title = `${said} · ${name}`;
  if (document.title !== title) document.title = title;
  const tone = lost !== undefined || state === undefined ? "unknown" : toneOf(state);
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const address = icon?.dataset[tone];
  if (icon !== null && address !== undefined && icon.getAttribute("href") !== address) icon.href = address;
}

function saidOf(state: LiveState | undefined, lost: Lost | undefined): string {
  if (lost?.isPaused === true) return "Paused";
  return lost !== undefined || state === undefined ? "No connection" : headline(state);
}

import { render } from "preact";
import type { Known } from "../live/known.js";
import { App } from "./app.js";
import { Connection } from "./connection.js";
import { showInTab } from "./tab.js";

const root = document.getElementById("page");
if (root === null) throw new Error("the document has no place for the page");

/** What the server put there is what is shown until its first news, so nothing flickers. */
let isFirst = true;
let known: Known = {};
let isDrawing = false;

function draw(): void {
  isDrawing = false;
  if (root === null || (known.status === undefined && known.lost === undefined)) return;
  if (isFirst) root.replaceChildren();
  isFirst = false;
  render(<App known={known} nowMs={performance.now()} />, root);
  showInTab(known);
}

/** At most once in a frame; a tab that nobody sees has none. */
function drawSoon(): void {
  if (isDrawing) return;
  isDrawing = true;
  if (document.hidden) setTimeout(draw, 0);
  else requestAnimationFrame(draw);
}

/** Of the server whose page this is: a newer one may say things that this script does not know. */
let version: string | undefined;

new Connection("status/stream", (news) => {
  const newest = news.status?.state.server.version;
  version ??= newest;
  if (newest !== version) window.location.reload();
  known = news;
  drawSoon();
}).start();

// While there is no news nothing else moves on how old the last news is.
setInterval(() => {
  if (known.lost !== undefined) drawSoon();
}, 1000);

// Takes the pictures of docs/status-page.md: each state on a simulated server of its own, in Chromium. Run it with
// `npm run screenshots` after `npm run build`; names of states as arguments take only those.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { withHistory } from "./screenshots/proxy.mjs";
import { startServer } from "./screenshots/server.mjs";
import { states } from "./screenshots/states.mjs";

const folder = fileURLToPath(new URL("../docs/images/", import.meta.url));
mkdirSync(folder, { recursive: true });

const wanted = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const state of states) {
  if (wanted.length > 0 && !wanted.includes(state.name)) continue;
  const server = await startServer(state);
  const proxy = await withHistory(server.http);
  const { width = 1200, height = 900, scheme = "light", name } = state;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: 1 });
  for (const drill of state.drills ?? []) await server.drill(drill);
  await server.until(state.until);
  // So that the history has the values that the GPUs were made to have.
  await delay(4500);
  await page.goto(proxy.url);
  await page.waitForSelector("main.live canvas, main.live .none");
  await state.before?.({ server, proxy, page });
  await page.waitForTimeout(1500);
  const path = `${folder}status-page-${name}.png`;
  await page.screenshot({ path, fullPage: state.fullPage ?? false });
  await page.close();
  await proxy.close();
  await server.stop();
  // An eighth of the size, where it is installed.
  try {
    execFileSync("pngquant", ["--force", "--ext", ".png", "--speed", "1", "--strip", "64", path]);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  console.log(path);
}
await browser.close();

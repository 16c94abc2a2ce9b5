import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, onTestFinished } from "vitest";
import { toolPath } from "./tools.js";

let launched: Promise<Browser> | undefined;
afterAll(async () => (await launched)?.close());

/** Without a sandbox, which needs more rights than a container has, and without anything that looks for the internet. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const browser = (): Promise<Browser> => {
  launched ??= chromium.launch({ executablePath: toolPath("chromium"), args: flags });
  return launched;
};

/** What a page complained of: errors on its console, exceptions, and what its security policy refused. */
export type Complaints = readonly string[];

export interface OpenPage {
  readonly page: Page;
  readonly complaints: Complaints;
}

/** A page of Chromium, until the test ends; `prepare` is called before it has loaded anything. */
export async function openPage(
  address: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<OpenPage> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  await prepare(page);
  await page.goto(`http://${address}/`);
  await page.locator("main.live").waitFor();
  return { page, complaints };
}

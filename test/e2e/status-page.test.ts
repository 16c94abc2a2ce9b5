import { readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { openPage } from "./support/browser.js";
import { eventually } from "./support/eventually.js";
import { request } from "./support/http.js";
import { inRepository } from "./support/paths.js";
import { type Server, startServer, startServingServer } from "./support/program.js";
import { describeWith } from "./support/tools.js";

const { version } = JSON.parse(readFileSync(inRepository("package.json"), "utf8")) as { readonly version: string };

const headlineOf = (page: Page): Promise<string | null> => page.locator("h1").textContent();

const drill = (server: Server, body: unknown) => request(server.admin, "POST", "/admin/drill", body);

/** How much more than its window a page is wide. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

describeWith(["chromium"], "the status page in Chromium", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServingServer({ simulate: "h200x2" });
  });

  it("shows a drill without being loaded again, and its end", async () => {
    const { page, complaints } = await openPage(server.http);
    expect(await headlineOf(page)).toBe("Ready");
    expect(await page.title()).toMatch(/^Ready · /);
    const icon = page.locator("link[rel=icon]");
    expect(await icon.getAttribute("href")).toContain("healthy");
    await page.evaluate("window.wasHere = true");

    const startedAtMs = performance.now();
    expect((await drill(server, { kind: "xid", gpu: 1, code: 79 })).status).toBe(200);
    await page.getByRole("heading", { level: 1, name: "Not ready" }).waitFor();
    console.log(`a drill was on the page after ${Math.round(performance.now() - startedAtMs)} ms`);

    const fault = page.getByRole("region", { name: "Faults" }).getByRole("listitem");
    expect(await fault.textContent()).toMatch(/xid_79 fatal on gpu\/1.*What to do: /s);
    expect(await page.getByRole("article", { name: "gpu/1" }).textContent()).toContain("xid_79");
    expect(await page.getByRole("status").textContent()).toMatch(/^Not ready: /);
    await eventually(async () => expect(await icon.getAttribute("href")).toContain("unhealthy"));
    const [newest] = await page.getByRole("region", { name: "Last changes" }).getByRole("listitem").allTextContents();
    expect(newest).toMatch(/unhealthy.*xid_79/s);

    await request(server.admin, "POST", "/admin/gpus/1/acknowledge");
    await page.getByRole("heading", { level: 1, name: "Ready" }).waitFor();
    expect(await page.evaluate("window.wasHere")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("draws charts that move, and reads them at a moment of the past with the keyboard alone", async () => {
    const { page, complaints } = await openPage(server.http);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the verdict");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("2 GPUs, all healthy");
    await page.keyboard.press("Enter");
    const slider = page.getByRole("slider");
    await eventually(async () => {
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.type")).toBe("range");
    });
    expect(await slider.getAttribute("aria-valuetext")).toBe("now");

    const temperature = page.getByRole("article", { name: "gpu/0" }).locator("figure.temperatureCelsius");
    expect(await temperature.locator("canvas").count()).toBe(1);
    const before = await temperature.locator(".figure").textContent();
    const celsius = Number.parseInt(before ?? "", 10) + 20;
    await drill(server, { kind: "temperature", gpu: 0, celsius });
    await eventually(async () => expect(await temperature.locator(".figure").textContent()).toBe(`${celsius} °C`));
    const chart = temperature.getByRole("img");
    await eventually(async () => expect(await chart.getAttribute("aria-label")).toContain(`and ${celsius} °C`));

    await eventually(async () => {
      await page.keyboard.press("ArrowLeft");
      expect(await temperature.locator(".figure").textContent()).toBe(before);
    });
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^\d+ s ago$/);
    await page.keyboard.press("End");
    await eventually(async () => expect(await temperature.locator(".figure").textContent()).toBe(`${celsius} °C`));
    await drill(server, { kind: "reset", gpu: "all" });
    expect(complaints).toEqual([]);
  });

  it("announces a reason once, however often its words change", async () => {
    const { page } = await openPage(server.http);
    const announced = await page.evaluateHandle(`(() => {
      const texts = [];
      const place = document.querySelector("[role=status]");
      new MutationObserver(() => texts.push(place.textContent)).observe(place, { characterData: true, subtree: true });
      return texts;
    })()`);
    await drill(server, { kind: "hang", gpu: 0, function: "*" });
    await page.getByRole("heading", { level: 1, name: "Not ready" }).waitFor();
    const said = page.getByRole("region", { name: "Not ready" }).locator(".said");
    const first = await said.textContent();
    await eventually(async () => expect(await said.textContent()).not.toBe(first));
    expect(await announced.jsonValue()).toEqual([expect.stringMatching(/^Not ready: .*has not returned/)]);
    await drill(server, { kind: "reset", gpu: "all" });
    await page.getByRole("heading", { level: 1, name: "Ready" }).waitFor();
  });

  it("says that a drain is on purpose", async () => {
    const { page, complaints } = await openPage(server.http);
    await request(server.admin, "POST", "/admin/drain", { message: "kernel update" });
    await page.getByRole("heading", { level: 1, name: "Draining" }).waitFor();
    expect(await page.getByRole("region", { name: "Draining" }).textContent()).toContain("kernel update");
    await request(server.admin, "POST", "/admin/undrain");
    await page.getByRole("heading", { level: 1, name: "Ready" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows hostile text as text", async () => {
    const { page, complaints } = await openPage(server.http);
    const message = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    await request(server.admin, "PUT", "/admin/components/reported", {
      status: "degraded",
      reason: "hostile",
      message,
    });
    const row = page.getByRole("region", { name: "Components" }).getByRole("row", { name: "reported" });
    await row.waitFor();
    expect(await row.textContent()).toContain(message);
    expect(await page.locator("main img, main script").count()).toBe(0);
    await request(server.admin, "DELETE", "/admin/components/reported");
    await row.waitFor({ state: "detached" });
    expect(await page.title()).toMatch(/^Ready/);
    expect(complaints).toEqual([]);
  });

  it("looks old at once when the connection is lost, and is live again when it is back", async () => {
    const { page } = await openPage(server.http);
    server.process.signal("SIGSTOP");
    try {
      await page.locator("main.stale").waitFor();
      expect(await page.locator(".notice.lost").textContent()).toMatch(/No connection to the server.*old, of \d/s);
      expect(await page.getByRole("status").textContent()).toContain("Connection lost");
      expect(await page.title()).toMatch(/^No connection/);
    } finally {
      server.process.signal("SIGCONT");
    }
    await page.locator("main.live").waitFor();
    expect(await page.locator(".notice.lost").count()).toBe(0);
    expect(await page.title()).toMatch(/^Ready/);
  });

  it("opens a stream again that the server ended in good order, and calls nothing lost", async () => {
    const proxy = await startProxy(server.http, version);
    const { page } = await openPage(proxy.address);
    await page.evaluate(`window.wasLost = false;
      new MutationObserver(() => { window.wasLost ||= document.querySelector(".notice.lost") !== null; })
        .observe(document.getElementById("page"), { childList: true });
      const now = performance.now.bind(performance);
      performance.now = () => now() + 6000;`);
    proxy.endStream();
    await eventually(() => expect(proxy.streams()).toBe(2));
    await eventually(async () => expect(await page.locator("main.live").count()).toBe(1));
    expect(await page.evaluate("window.wasLost")).toBe(false);
  });

  it("is loaded again when its server is of another version", async () => {
    const proxy = await startProxy(server.http, "999.0.0");
    const { page } = await openPage(proxy.address);
    await page.evaluate("window.wasHere = true");
    proxy.endStream();
    await eventually(async () => expect(await page.evaluate("window.wasHere")).toBeUndefined());
    await page.locator("footer", { hasText: "gpu-health 999.0.0" }).waitFor();
    // The second of the two streams that follow is the new page's, which stays.
    expect(proxy.streams()).toBe(3);
  });

  it("lets go of the server while nobody looks", async () => {
    const { page } = await openPage(server.http, {}, (opened) => opened.clock.install());
    const look = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, value: ${isHidden} });
        document.dispatchEvent(new Event("visibilitychange"))`);
    await look(true);
    await page.clock.fastForward(61_000);
    await eventually(async () => expect(await page.title()).toMatch(/^Paused/));
    // A network that is there again is no reason to look.
    await page.evaluate('window.dispatchEvent(new Event("online"))');
    await page.clock.fastForward(5000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await page.title()).toMatch(/^Paused/);
    await look(false);
    await page.locator("main.live").waitFor();
    await eventually(async () => expect(await page.title()).toMatch(/^Ready/));
  });

  it("lets go of the server where it was opened in the background", async () => {
    const { page } = await openPage(server.http, {}, async (opened) => {
      await opened.clock.install();
      await opened.addInitScript('Object.defineProperty(document, "hidden", { configurable: true, value: true })');
    });
    await page.clock.fastForward(61_000);
    await eventually(async () => expect(await page.title()).toMatch(/^Paused/));
  });

  it("fits a window of 320 pixels, which one of 1280 is at 400 %", async () => {
    const { page } = await openPage(server.http, { viewport: { width: 320, height: 700 } });
    expect(await overflow(page)).toBe(0);
  });

  it.each([
    { title: "in light", colorScheme: "light", width: 1280 },
    { title: "in dark", colorScheme: "dark", width: 1280 },
    { title: "on a phone", colorScheme: "light", width: 390 },
  ] as const)("is accessible $title, healthy and not", async ({ colorScheme, width }) => {
    // The page's own security policy would not let axe in.
    const options = { colorScheme, viewport: { width, height: 844 }, bypassCSP: true };
    const { page } = await openPage(server.http, options);
    await page.evaluate(axe);
    expect(await violationsOf(page)).toEqual([]);
    await drill(server, { kind: "xid", gpu: 0, code: 79 });
    await page.getByRole("heading", { level: 1, name: "Not ready" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await request(server.admin, "POST", "/admin/gpus/0/acknowledge");
  });
});

describeWith(["chromium"], "the status page of many GPUs, and of none", () => {
  it("has a map of 16 GPUs that leads to each card, and stays as wide as a phone", async () => {
    const server = await startServingServer({ simulate: "h100x16" });
    const { page, complaints } = await openPage(server.http, { viewport: { width: 390, height: 844 } });
    const map = page.getByRole("navigation", { name: "GPUs" });
    expect(await map.getByRole("link").count()).toBe(16);
    await map.getByRole("link", { name: "gpu/15: healthy" }).click();
    await eventually(async () => {
      const box = await page.getByRole("article", { name: "gpu/15" }).boundingBox();
      expect(Math.abs(box?.y ?? Number.POSITIVE_INFINITY)).toBeLessThan(844);
    });
    await drill(server, { kind: "mig", gpu: 0, instances: 2 });
    const instances = page.getByRole("img", { name: /^Memory taken of gpu\/0\/mig\// });
    await eventually(async () => expect(await instances.count()).toBe(2));
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    await server.kill();
  });

  it("says why there are no GPUs, and what to do", async () => {
    const server = await startServer({
      config: "gpu: { library: /nowhere/libnvidia-ml.so.1 }\nchecks: { gpu: { type: gpu } }\n",
    });
    const { page, complaints } = await openPage(server.http);
    const gpus = page.getByRole("region", { name: "GPUs" });
    await eventually(async () => expect(await gpus.textContent()).toMatch(/nvml_library_not_found.*What to do: /s));
    expect(complaints).toEqual([]);
    await server.kill();
  });
});

/**
 * Stands between a page and its server, and can end the page's stream as the server does after an hour. The streams that follow are of
 * `laterVersion`.
 */
async function startProxy(target: string, laterVersion: string) {
  let streams = 0;
  let endStream = (): void => {};
  const proxy = createServer(({ url = "/" }, outgoing) => {
    get(`http://${target}${url}`, (incoming) => {
      outgoing.writeHead(incoming.statusCode ?? 502, incoming.headers);
      if (url !== "/status/stream") {
        incoming.pipe(outgoing);
        return;
      }
      streams += 1;
      const isNewer = streams > 1;
      incoming.setEncoding("utf8").on("data", (piece: string) => {
        outgoing.write(isNewer ? piece.replace(/"version":"[^"]+"/, `"version":"${laterVersion}"`) : piece);
      });
      endStream = () => {
        incoming.removeAllListeners("data").destroy();
        outgoing.end();
      };
      outgoing.on("close", () => incoming.destroy());
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close().closeAllConnections());
  const { port } = proxy.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, streams: () => streams, endStream: () => endStream() };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, by the rules of WCAG 2.2 AA and its own for good practice. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, help, nodes }) => id + ": " + help + ": " + nodes.map(({ target }) => target).join(" ")))`);
}

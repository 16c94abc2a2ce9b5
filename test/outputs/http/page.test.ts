import { describe, expect, it } from "vitest";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { httpApp } from "./app.js";

const hostile = `<script>alert("x")</script>' onload=1 & \u001b[2J`;

describe("the status page's document", () => {
  it("has the verdict, the reason and what to do, before any script has run", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(lowMemory);
    const response = await get("/");
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(body).toContain("<title>Not ready · node-7</title>");
    expect(body).toContain("0.3 GiB free on gpu/0, 2 GiB needed");
    expect(body).toContain("<code>insufficient_gpu_memory</code>");
    expect(body).toContain("free GPU memory or lower minFreeMemory");
  });

  it.each([
    ["Ready", () => {}],
    ["Draining", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.drain("kernel update")],
    ["Shutting down", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.shutdown("SIGTERM")],
    [
      "Ready, but degraded",
      ({ gpus }: ReturnType<typeof httpApp>) =>
        gpus.publish("cache", { status: "degraded", reason: "slow", message: "slow" }),
    ],
    ["Not known yet", ({ gpus }: ReturnType<typeof httpApp>) => gpus.registry.forget("gpu")],
  ])("has the headline «%s»", async (headline, happen) => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    happen(server);
    expect(await (await server.get("/")).text()).toContain(`<title>${headline} · node-7</title>`);
  });

  it("escapes everything that comes from checks and operators", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus({ ...lowMemory, reason: hostile, message: hostile, remedy: hostile });
    gpus.registry.drain(hostile);
    const body = await (await get("/")).text();
    expect(body).not.toContain("<script>");
    expect(body).not.toMatch(/' onload/);
    expect(body).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39; onload=1 &amp;");
  });

  it("allows files of this server and nothing else, and needs nothing else", async () => {
    const response = await httpApp().get("/");
    const body = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
    expect(body).not.toMatch(/<style|<img|<iframe|\sstyle=|\son[a-z]+=|https?:\/\//);
    expect(body).toContain('<script defer src="assets/page-0a1b.js"></script>');
    expect(body).toContain('<link rel="stylesheet" href="assets/page-2c3d.css">');
  });
});

describe("the status page's files", () => {
  it("may be kept for good, since their names change with them", async () => {
    const response = await httpApp().get("/assets/page-0a1b.js");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/javascript");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each(["page.js", "..%2f..%2fpackage.json", "assets.json", "__proto__"])("are no others: %s", async (name) => {
    expect((await httpApp().get(`/assets/${name}`)).status).toBe(404);
  });

  it("tell nothing, so everybody may have them", async () => {
    const { get } = httpApp(undefined, undefined, { allow: ["10.1.0.0/16"] });
    expect((await get("/")).status).toBe(403);
    expect((await get("/assets/page-0a1b.js")).status).toBe(200);
  });
});

import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { HttpEndpoints } from "../../../src/outputs/http/http-server.js";
import { createRouter } from "../../../src/outputs/http/router.js";

/** What a server of its own is answered, asked for exactly this. */
async function ask(endpoints: Pick<HttpEndpoints, "load">, path: string): Promise<readonly [number, string]> {
  const server = createServer(createRouter({ ...endpoints, stop: () => {} }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      answer.on("end", () => resolve([answer.statusCode ?? 0, body]));
    });
    sent.on("error", reject).end();
  });
}

it("says 500 with the reason where the endpoints cannot be loaded", async () => {
  const load = () => Promise.reject(new Error("Cannot find package 'hono'"));
  expect(await ask({ load }, "/livez")).toEqual([
    500,
    "the request could not be answered: Cannot find package 'hono'\n",
  ]);
});

it("takes a request line that names no path for one that is not its own", async () => {
  const load = async () => async (asked: Request) => new Response(new URL(asked.url).pathname, { status: 404 });
  for (const path of ["*", "http://elsewhere/livez"]) {
    expect(await ask({ load }, path)).toEqual([404, "/not-below-the-prefix"]);
  }
});

it("takes no prefix that no path begins with", () => {
  const load = () => Promise.reject(new Error("not asked"));
  const endpoints = { load, stop: () => {} };
  for (const prefix of ["internal", "/internal/", "/"]) {
    expect(() => createRouter(endpoints, { prefix })).toThrow("begin it with a slash and end it without one");
  }
  expect(() => createRouter(endpoints, { prefix: "/internal/health" })).not.toThrow();
});

import { describe, expect, it } from "vitest";
import { inRepository } from "./support/paths.js";
import { start } from "./support/processes.js";
import { temporaryFile } from "./support/program.js";

/** What the simulation of the bench says that its process holds. */
interface Held {
  readonly event: "start" | "look" | "stopped";
  readonly runs: number;
  readonly heapBytes: number;
  readonly timers: number;
  readonly openFilesAtFirst: number;
  readonly openFiles: number;
  readonly children: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, string>>;
  readonly warnings: number;
}

interface Addresses {
  readonly http: string;
  readonly silent: string;
  readonly refusing: string;
}

/** Each kind ten times, every second; a program that ends and one that does not. As the bench's row `checks-leaks`. */
function checks({ http, silent, refusing }: Addresses): Record<string, unknown> {
  const kinds = {
    tcp: { type: "tcp", address: http },
    "tcp-refused": { type: "tcp", address: refusing },
    http: { type: "http", url: `http://${http}/` },
    "http-refused": { type: "http", url: `http://${refusing}/` },
    "hang-http": { type: "http", url: `http://${silent}/` },
    "hang-tls": { type: "tls", address: silent },
    "hang-grpc": { type: "grpc", address: silent },
  };
  const often = Object.entries(kinds).flatMap(([name, check]) =>
    Array.from({ length: 10 }, (_, index) => [`${name}-${index}`, { ...check, interval: "1s", timeout: "300ms" }]),
  );
  const rarely = { type: "exec", interval: "4s", timeout: "300ms" };
  return {
    ...Object.fromEntries(often),
    exec: { ...rarely, command: ["/bin/true"] },
    "hang-exec": { ...rarely, command: ["/bin/sleep", "3600"] },
  };
}

describe("thousands of runs", () => {
  it("leave no socket, child, timer, listener and memory behind, whether they pass, are refused or hang", async () => {
    const targets = start(process.execPath, [inRepository("bench/checks/targets.mjs")]);
    const { addresses } = JSON.parse(await targets.until(() => targets.lines()[0])) as { addresses: Addresses };
    const config = temporaryFile(
      "gpu-health.yaml",
      JSON.stringify({ gpu: { mode: "off" }, checks: checks(addresses) }),
    );
    const program = inRepository("bench/checks/simulation.mjs");
    const simulation = start(process.execPath, ["--expose-gc", program, config, "20", "4"]);
    const exit = await simulation.exited;
    expect(exit, simulation.stderr).toEqual({ code: 0, signal: null });
    const said = simulation.lines().map((line) => JSON.parse(line) as Held);
    const [first, last] = [
      said.filter(({ event }) => event === "look")[0],
      said.filter(({ event }) => event === "look").at(-1),
    ];
    const stopped = said.at(-1);
    expect(last?.runs).toBeGreaterThan(4000);
    expect(last?.reasons).toEqual({
      tcp: "ok",
      "tcp-refused": "connection_refused",
      http: "ok",
      "http-refused": "connection_refused",
      "hang-http": "timeout",
      "hang-tls": "timeout",
      "hang-grpc": "timeout",
      exec: "ok",
      "hang-exec": "timeout",
    });
    expect(stopped).toMatchObject({ event: "stopped", timers: 0, children: 0, warnings: 0 });
    expect(stopped?.resources).not.toHaveProperty("TCPSocketWrap");
    expect(stopped?.openFiles).toBeLessThanOrEqual(stopped?.openFilesAtFirst ?? 0);
    // Three thousand runs that each keep a kilobyte would be 3 MB.
    expect((last?.heapBytes ?? Number.POSITIVE_INFINITY) - (first?.heapBytes ?? 0)).toBeLessThan(2_000_000);
  }, 180_000);
});

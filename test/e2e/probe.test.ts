import type { IncomingHttpHeaders } from "node:http2";
import { beforeAll, describe, expect, it } from "vitest";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { endWith, http2Server, refusingAddress, serve, silentServer } from "./support/fake-servers.js";
import { get } from "./support/http.js";
import { grpcHealthProbe, ourCheck, patience } from "./support/probes.js";
import { type Server, startServer, startServingServer, temporaryFile } from "./support/program.js";
import { servingStatus } from "./support/raw-grpc.js";
import { describeWith } from "./support/tools.js";

const grpcUnimplemented = 12;

/** Where the cases below send their probes. */
interface Targets {
  readonly serving: string;
  readonly notServing: string;
  readonly socket: string;
  readonly refusing: string;
  readonly silent: string;
  readonly stuck: string;
  readonly unimplemented: string;
  readonly unknown: string;
}

async function startTargets(): Promise<Targets> {
  const socketPath = temporaryFile("health.sock");
  const listen = `grpc: { listen: ["127.0.0.1:0", "unix:${socketPath}"] }\n`;
  const [serving, notServing] = await Promise.all([
    startServingServer({ config: listen + quickGpus, simulate: "h200x1", configuredListeners: ["grpc"] }),
    startServingServer({ config: quickGpus, simulate: "h200x1" }),
  ]);
  await notServing.drill(...fillFirstGpu);
  await eventually(async () => expect((await get(notServing.http, "/readyz")).status).toBe(503));
  const [refusing, silent, stuck, unimplemented, unknown] = await Promise.all([
    refusingAddress(),
    silentServer(),
    http2Server(() => {}),
    http2Server(endWith(grpcUnimplemented)),
    http2Server(serve(servingStatus.unknown)),
  ]);
  return {
    serving: serving.grpc,
    notServing: notServing.grpc,
    socket: `unix://${socketPath}`,
    refusing: refusing.address,
    silent: silent.address,
    stuck: stuck.address,
    unimplemented: unimplemented.address,
    unknown: unknown.address,
  };
}

/** What is probed, with which flags, and the exit code that grpc_health_probe is known to give. */
const cases: readonly (readonly [name: string, exitCode: number, flags: (targets: Targets) => readonly string[]])[] = [
  ["a serving server", 0, ({ serving }) => ["-addr", serving]],
  ["flags with = and two dashes", 0, ({ serving }) => [`--addr=${serving}`, "--service=inference", "-tls=false"]],
  ["a Unix socket", 0, ({ socket }) => ["-addr", socket]],
  ["gzip", 0, ({ serving }) => ["-addr", serving, "-gzip"]],
  ["headers and a user agent", 0, ({ serving }) => ["-addr", serving, "-rpc-header", "a: b", "-user-agent", "me"]],
  ["verbose", 0, ({ serving }) => ["-addr", serving, "-v"]],
  ["no address", 1, () => []],
  ["an unknown flag", 1, ({ serving }) => ["-addr", serving, "-bogus"]],
  ["a duration that is none", 1, ({ serving }) => ["-addr", serving, "-rpc-timeout", "soon"]],
  ["a timeout of zero", 1, ({ serving }) => ["-addr", serving, "-rpc-timeout", "0s"]],
  ["a negative timeout", 1, ({ serving }) => ["-addr", serving, "-connect-timeout", "-1s"]],
  ["a header without a value", 1, ({ serving }) => ["-addr", serving, "-rpc-header", "a"]],
  ["-tls-no-verify without -tls", 1, ({ serving }) => ["-addr", serving, "-tls-no-verify"]],
  ["a client certificate without -tls", 1, ({ serving }) => ["-addr", serving, "-tls-client-cert", "a.pem"]],
  ["a CA file that is not there", 1, ({ serving }) => ["-addr", serving, "-tls", "-tls-ca-cert", "/nonexistent"]],
  ["a CA file that is not used", 1, ({ serving }) => ["-addr", serving, "-tls", "-tls-no-verify", "-tls-ca-cert", "a"]],
  ["a port where nobody listens", 2, ({ refusing }) => ["-addr", refusing]],
  ["a Unix socket that is not there", 2, () => ["-addr", "unix:///nonexistent/health.sock"]],
  ["a server that never speaks", 2, ({ silent }) => ["-addr", silent, "-connect-timeout", "300ms"]],
  ["TLS with a server that has none", 2, ({ serving }) => ["-addr", serving, "-tls", "-connect-timeout", "300ms"]],
  ["a name that is not served", 3, ({ serving }) => ["-addr", serving, "-service", "nobody"]],
  ["a server that never answers", 3, ({ stuck }) => ["-addr", stuck, "-rpc-timeout", "300ms"]],
  ["a server without the health service", 3, ({ unimplemented }) => ["-addr", unimplemented]],
  ["a full GPU", 4, ({ notServing }) => ["-addr", notServing, "-service", "inference"]],
  ["readiness, with a full GPU", 4, ({ notServing }) => ["-addr", notServing]],
  ["status UNKNOWN", 4, ({ unknown }) => ["-addr", unknown]],
];

/** Whether the probe has to reach the server. Where it cannot, patience would only make the test wait. */
const needsPatience = (exitCode: number): boolean => exitCode === 0 || exitCode > 2;

describeWith(["grpc_health_probe"], "the exit code of a probe", () => {
  let targets: Targets;
  beforeAll(async () => {
    targets = await startTargets();
  });

  describe.each(cases)("of %s is %i", (_name, exitCode, flags) => {
    it.each([
      ["grpc_health_probe", grpcHealthProbe],
      ["gpu-health check", ourCheck],
    ])("with %s", async (_program, probe) => {
      const outcome = await probe([...(needsPatience(exitCode) ? patience : []), ...flags(targets)]);
      expect(outcome.code, outcome.stdout + outcome.stderr).toBe(exitCode);
    });
  });
});

describeWith(["grpc_health_probe"], "what a probe sends", () => {
  it.each([
    ["grpc_health_probe", grpcHealthProbe],
    ["gpu-health check", ourCheck],
  ])("%s passes on -user-agent, -rpc-header and -service", async (_program, probe) => {
    const seen: IncomingHttpHeaders[] = [];
    const { address } = await http2Server((stream, headers) => {
      seen.push(headers);
      serve(servingStatus.serving)(stream, headers);
    });
    const outcome = await probe([
      ...patience,
      "-addr",
      address,
      "-user-agent",
      "my-probe/1",
      "-rpc-header",
      "x-team: gpu",
    ]);
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ "user-agent": expect.stringMatching(/^my-probe\/1/), "x-team": "gpu" });
  });
});

describe("unknown status", () => {
  it("is not SERVING: a component whose check has not answered", async () => {
    const config =
      "checks:\n  slow: { type: exec, command: [sleep, '60'], interval: 60s, timeout: 59s }\ncomponents:\n  slow: { critical: [slow] }\n";
    const server: Server = await startServer({ config: `gpu: { mode: off }\n${config}` });
    expect((await ourCheck([...patience, "-addr", server.grpc, "-service", "slow"])).code).toBe(4);
  });
});

import { beforeAll, expect, it } from "vitest";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { type Outcome, type RunningProcess, run, start } from "./support/processes.js";
import { type Server, startServingServer } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

/** grpcurl ends with 64 + the gRPC status code of a failed call. */
const exitNotFound = 64 + 5;

let server: Server;

const grpcurl = (args: readonly string[]): Promise<Outcome> => run(toolPath("grpcurl"), ["-plaintext", ...args]);

async function call(method: string, request: unknown): Promise<unknown> {
  const outcome = await grpcurl(["-d", JSON.stringify(request), server.grpc, method]);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout);
}

function watch(service: string): RunningProcess {
  const request = JSON.stringify({ service });
  return start(toolPath("grpcurl"), ["-plaintext", "-d", request, server.grpc, "grpc.health.v1.Health/Watch"]);
}

/** Every status that the watcher has been sent, in order. */
const statuses = (watcher: RunningProcess): readonly string[] =>
  [...watcher.stdout.matchAll(/"status": "(\w+)"/g)].map(([, status]) => status ?? "");

describeWith(["grpcurl"], "grpcurl, which knows the service by reflection only", () => {
  beforeAll(async () => {
    const config = `${quickGpus}\ngrpc: { loadReports: {} }\n`;
    server = await startServingServer({ config, simulate: "h200x2" });
  });

  it("lists and describes the health service", async () => {
    const services = (await grpcurl([server.grpc, "list"])).stdout.trim().split("\n");
    expect(services).toContain("grpc.health.v1.Health");
    expect(services).toContain("grpc.reflection.v1.ServerReflection");
    expect(services).toContain("grpc.reflection.v1alpha.ServerReflection");

    const { stdout } = await grpcurl([server.grpc, "describe", "grpc.health.v1.Health"]);
    expect(stdout).toContain(
      "rpc Check ( .grpc.health.v1.HealthCheckRequest ) returns ( .grpc.health.v1.HealthCheckResponse )",
    );
    expect(stdout).toContain(
      "rpc List ( .grpc.health.v1.HealthListRequest ) returns ( .grpc.health.v1.HealthListResponse )",
    );
    expect(stdout).toMatch(/rpc Watch \( \.grpc\.health\.v1\.HealthCheckRequest \) returns \( stream /);
  });

  it.each(["v1", "v1alpha"])("gets the services' names from reflection %s", async (version) => {
    const method = `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const answer = await call(method, { listServices: "" });
    expect(answer).toMatchObject({
      listServicesResponse: { service: expect.arrayContaining([{ name: "grpc.health.v1.Health" }]) },
    });
  });

  it("checks a component, and is told NOT_FOUND for a name that is not served", async () => {
    expect(await call("grpc.health.v1.Health/Check", { service: "inference" })).toEqual({ status: "SERVING" });
    expect(await call("grpc.health.v1.Health/Check", {})).toEqual({ status: "SERVING" });

    const unknown = await grpcurl(["-d", '{"service":"nobody"}', server.grpc, "grpc.health.v1.Health/Check"]);
    expect(unknown.code, unknown.stderr).toBe(exitNotFound);
  });

  it("lists every component", async () => {
    const { statuses } = (await call("grpc.health.v1.Health/List", {})) as { statuses: Record<string, unknown> };
    const names = ["", "readiness", "liveness", "startup", "gpu", "gpu/0", "gpu/1", "inference", "soft"];
    for (const name of names) expect(statuses, name).toHaveProperty([name], { status: "SERVING" });
    expect(Object.keys(statuses).filter((name) => name.startsWith("gpu/GPU-"))).toHaveLength(2);
  });

  it("watches a GPU fill up and recover, each change once", async () => {
    const watcher = watch("inference");
    const other = watch("gpu/1");
    await eventually(() => expect(statuses(watcher)).toEqual(["SERVING"]));

    await server.drill(...fillFirstGpu);
    await eventually(() => expect(statuses(watcher)).toEqual(["SERVING", "NOT_SERVING"]));
    await server.drill("reset");
    await eventually(() => expect(statuses(watcher)).toEqual(["SERVING", "NOT_SERVING", "SERVING"]));
    expect(statuses(other)).toEqual(["SERVING"]);
    await Promise.all([watcher.kill(), other.kill()]);
  });

  it("reads load reports, where they are on", async () => {
    expect((await grpcurl([server.grpc, "list"])).stdout).toContain("xds.service.orca.v3.OpenRcaService");
    const asked = ["-plaintext", "-d", '{"report_interval":"1s"}', server.grpc];
    const reports = start(toolPath("grpcurl"), [...asked, "xds.service.orca.v3.OpenRcaService/StreamCoreMetrics"]);
    await eventually(() => expect(reports.stdout, reports.describe()).toMatch(/"gpu.memory_free_bytes": [1-9]/));
    expect(reports.stdout).toMatch(/"application_utilization": \d/);
    await reports.kill();
  });

  it("watches a name that is not served, and is told so on a stream that stays open", async () => {
    const watcher = watch("nobody");
    await eventually(() => expect(statuses(watcher)).toEqual(["SERVICE_UNKNOWN"]));
    expect(watcher.hasExited).toBe(false);
    await watcher.kill();
  });
});

import { readFileSync } from "node:fs";
import {
  type Client,
  type ClientReadableStream,
  credentials,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import * as original from "grpc-health-check";
import { describe, expect, it, onTestFinished } from "vitest";
import * as ours from "../../src/grpc-health-check.js";

type Call<Answer> = (request: object, callback: (error: ServiceError | null, answer?: Answer) => void) => void;

/** A client that `makeClientConstructor` makes of the exported service, as users of the package do. */
interface HealthClient extends Client {
  check: Call<{ readonly status: string }>;
  Check: Call<{ readonly status: string }>;
  list: Call<{ readonly statuses: unknown }>;
  watch(request: object): ClientReadableStream<{ readonly status: string }>;
}

interface Package {
  readonly HealthImplementation: new (
    initial?: original.ServingStatusMap,
  ) => Pick<original.HealthImplementation, "setStatus" | "addToServer">;
  readonly service: ServiceDefinition;
  readonly protoPath: string;
}

const statuses = {
  "": "SERVING",
  "test.NotServing": "NOT_SERVING",
  "test.Serving": "SERVING",
} as const;

async function serve(
  { HealthImplementation, service }: Package,
  initial?: original.ServingStatusMap,
): Promise<{ readonly health: Pick<original.HealthImplementation, "setStatus">; readonly client: HealthClient }> {
  const server = new Server();
  const health = new HealthImplementation(initial);
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const Constructor = makeClientConstructor(service, "grpc.health.v1.Health");
  const client = new Constructor(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as HealthClient;
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return { health, client };
}

/** The answer, or the name of the error's code. */
const ask = <Answer>(call: Call<Answer>, request: object): Promise<Answer | string | undefined> =>
  new Promise((resolve) => {
    call(request, (error, answer) => resolve(error === null ? answer : status[error.code]));
  });

/** What a Watch says, with `next` called on each message until it gives false; then the code with which it ended. */
function watch(client: HealthClient, service: string, next: (count: number) => boolean): Promise<readonly string[]> {
  const seen: string[] = [];
  const stream = client.watch({ service });
  return new Promise((resolve) => {
    stream.on("data", (answer: { readonly status: string }) => {
      seen.push(answer.status);
      if (!next(seen.length)) stream.cancel();
    });
    stream.on("error", () => {});
    stream.on("status", ({ code }) => resolve([...seen, status[code] ?? "unknown code"]));
  });
}

describe.each<[string, Package]>([
  ["grpc-health-check", original],
  ["gpu-health/grpc-health-check", ours],
])("%s", (_, implementation) => {
  it("answers Check with the status that was set", async () => {
    const { client, health } = await serve(implementation, statuses);
    const check = (service: string) => ask(client.check.bind(client), { service });
    expect(await check("")).toEqual({ status: "SERVING" });
    expect(await check("test.NotServing")).toEqual({ status: "NOT_SERVING" });
    expect(await check("test.New")).toBe("NOT_FOUND");
    health.setStatus("test.New", "SERVING");
    expect(await check("test.New")).toEqual({ status: "SERVING" });
    health.setStatus("test.New", "UNKNOWN");
    expect(await check("test.New")).toEqual({ status: "UNKNOWN" });
  });

  it("knows its methods by both spellings", async () => {
    const { client } = await serve(implementation, statuses);
    expect(await ask(client.Check.bind(client), {})).toEqual({ status: "SERVING" });
  });

  it.each([undefined, null as unknown as undefined])("starts with no service where %s is given", async (none) => {
    const { client } = await serve(implementation, none);
    expect(await ask(client.check.bind(client), { service: "" })).toBe("NOT_FOUND");
    expect(await ask(client.list.bind(client), {})).toEqual({ statuses: {} });
  });

  it("watches a service that there is", async () => {
    const { client } = await serve(implementation, statuses);
    expect(await watch(client, "", () => false)).toEqual(["SERVING", "CANCELLED"]);
  });

  it("tells watchers of a change", async () => {
    const { client, health } = await serve(implementation, statuses);
    const seen = await watch(client, "test.Serving", (count) => {
      if (count === 1) health.setStatus("test.Serving", "NOT_SERVING");
      return count < 2;
    });
    expect(seen).toEqual(["SERVING", "NOT_SERVING", "CANCELLED"]);
  });

  it("tells watchers of a service that did not exist", async () => {
    const { client, health } = await serve(implementation, statuses);
    const seen = await watch(client, "test.New", (count) => {
      if (count === 1) health.setStatus("test.New", "SERVING");
      return count < 2;
    });
    expect(seen).toEqual(["SERVICE_UNKNOWN", "SERVING", "CANCELLED"]);
  });

  it("keeps the statuses of two implementations apart", async () => {
    const one = await serve(implementation, statuses);
    const other = await serve(implementation, statuses);
    one.health.setStatus("", "NOT_SERVING");
    expect(await ask(other.client.check.bind(other.client), {})).toEqual({ status: "SERVING" });
  });

  it("lists every service, up to a hundred", async () => {
    const { client, health } = await serve(implementation, statuses);
    expect(await ask(client.list.bind(client), {})).toEqual({
      statuses: Object.fromEntries(Object.entries(statuses).map(([name, each]) => [name, { status: each }])),
    });
    for (let index = 3; index < 100; index += 1) health.setStatus(`service-${index}`, "SERVING");
    expect(await ask(client.list.bind(client), {})).toMatchObject({ statuses: {} });
    health.setStatus("one-too-many", "SERVING");
    expect(await ask(client.list.bind(client), {})).toBe("RESOURCE_EXHAUSTED");
  });

  it("says where health.proto lies", () => {
    expect(readFileSync(implementation.protoPath, "utf8")).toContain("package grpc.health.v1;");
    const loaded = loadSync(implementation.protoPath);
    expect(Object.keys(loaded["grpc.health.v1.Health"] ?? {}).sort()).toEqual(["Check", "List", "Watch"]);
  });
});

describe("HealthImplementation", () => {
  it("answers in the interceptor too, and does not repeat a status", async () => {
    const health = new ours.HealthImplementation(statuses);
    const server = new Server({ interceptors: [health.interceptor] });
    health.addToServer(server);
    const port = await new Promise<number>((resolve) =>
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound)),
    );
    const Constructor = makeClientConstructor(ours.service, "grpc.health.v1.Health");
    const client = new Constructor(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as HealthClient;
    onTestFinished(() => {
      client.close();
      server.forceShutdown();
    });
    const seen = await watch(client, "", (count) => {
      if (count === 1) {
        health.setStatus("", "SERVING");
        health.setStatus("", "NOT_SERVING");
      }
      return count < 2;
    });
    expect(seen).toEqual(["SERVING", "NOT_SERVING", "CANCELLED"]);
  });

  it("watches a service whose name is longer than ours may be", async () => {
    const name = "long".repeat(100);
    const { client } = await serve(ours, { [name]: "SERVING" });
    expect(await watch(client, name, () => false)).toEqual(["SERVING", "CANCELLED"]);
  });
});

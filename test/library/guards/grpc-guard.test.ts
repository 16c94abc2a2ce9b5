import {
  Client,
  credentials,
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  fastifyGuard,
  type GuardOptions,
  grpcGuard,
  type Health,
  HealthClient,
  httpGuard,
} from "../../../src/index.js";
import { healthOfModel, lowMemory } from "./states.js";

const same = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const path = "/inference.Engine/Generate";
const service = { Generate: { path, requestStream: false, responseStream: false, ...codec } };

/** A service behind the guard, with health on the same server. */
async function serve(health: Health, options: GuardOptions = { component: "model" }, more: ServerInterceptor[] = []) {
  const server = new Server({ interceptors: [...more, grpcGuard(health, options)] });
  const generate: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) => callback(null, request);
  server.addService(service, { Generate: generate });
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const client = new Client(address, credentials.createInsecure());
  const healthClient = new HealthClient(address);
  onTestFinished(() => {
    client.close();
    healthClient.close();
    server.forceShutdown();
  });
  /** The answer, or the error, and the metadata that came before it. */
  const callOnce = (to: string, request: Buffer) =>
    new Promise<{ answer?: string; error?: ServiceError; note: unknown }>((resolve) => {
      let received: Metadata | undefined;
      const call = client.makeUnaryRequest(to, same, same, request, (error, answer) => {
        const note = received?.get("x-gpu-health")[0];
        if (error === null) resolve({ answer: String(answer), note });
        else resolve({ error, note });
      });
      call.on("metadata", (metadata) => {
        received = metadata;
      });
    });
  const generateOnce = () => callOnce(path, Buffer.from("hello"));
  const checkOnce = () => callOnce("/grpc.health.v1.Health/Check", Buffer.alloc(0));
  return { generate: generateOnce, check: checkOnce, healthClient };
}

describe("grpcGuard", () => {
  it.each([-1, 1.5, Number.NaN, "5" as never])("refuses to have clients wait %s seconds", async (retryAfterSeconds) => {
    const health = await healthOfModel();
    const message = `retryAfterSeconds is ${retryAfterSeconds}: give whole seconds, as in 5`;
    for (const guard of [grpcGuard, httpGuard, fastifyGuard]) {
      expect(() => guard(health, { retryAfterSeconds })).toThrow(message);
    }
  });

  it("lets calls through while the component is healthy, and while it is degraded with a word about it", async () => {
    const health = await healthOfModel();
    const { generate } = await serve(health);
    expect(await generate()).toEqual({ answer: "hello", note: undefined });
    health.setStatus("model", "degraded", "cache_slow");
    expect(await generate()).toEqual({ answer: "hello", note: "degraded; reason=cache_slow" });
  });

  it("answers UNAVAILABLE with the reason and retry-after while it is unhealthy, and serves again after it", async () => {
    const health = await healthOfModel();
    const { generate } = await serve(health);
    health.setStatus("model", ...lowMemory);
    const { error } = await generate();
    expect(error).toMatchObject({
      code: status.UNAVAILABLE,
      details: "model does not serve: low_memory: 0.3 GiB free on gpu/0, 2 GiB needed",
    });
    expect(error?.metadata.get("retry-after")).toEqual(["5"]);
    health.setStatus("model", "healthy");
    expect(await generate()).toMatchObject({ answer: "hello" });
  });

  it("refuses with any message: a long one, and one that is cut within a character", async () => {
    const health = await healthOfModel();
    const { generate } = await serve(health);
    health.setStatus("model", "unhealthy", "broken", { message: `half of \ud83d and ${"x".repeat(200_000)}` });
    const { error } = await generate();
    expect(error?.code).toBe(status.UNAVAILABLE);
    expect(error?.details).toMatch(/^model does not serve: broken: half of and x+…$/);
    expect(error?.details).toHaveLength(500);
  });

  it("refuses while readiness is drained", async () => {
    const health = await healthOfModel();
    const { generate } = await serve(health, { retryAfterSeconds: 30 });
    await expect.poll(generate).toMatchObject({ answer: "hello" });
    health.drain("driver update");
    const { error } = await generate();
    expect(error?.details).toBe("readiness does not serve: draining: driver update");
    expect(error?.metadata.get("retry-after")).toEqual(["30"]);
  });

  it.each([true, false])("never answers for health itself, whose interceptor is there: %s", async (isDirect) => {
    const health = await healthOfModel();
    const { check, healthClient } = await serve(health, undefined, isDirect ? [health.interceptor] : []);
    health.setStatus("model", "degraded", "cache_slow");
    expect(await check()).toMatchObject({ answer: expect.any(String), note: undefined });
    health.setStatus("model", ...lowMemory);
    expect(await healthClient.check("model")).toBe("NOT_SERVING");
    for await (const update of healthClient.watch("model")) {
      expect(update).toEqual({ kind: "status", status: "NOT_SERVING" });
      break;
    }
  });
});

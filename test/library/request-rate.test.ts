import { type handleUnaryCall, Server } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { RequestRate } from "../../src/index.js";
import { healthService, type StatusResponse, statusResponses } from "../../src/proto/health.js";
import { serveGrpc } from "../support/grpc-client.js";
import { ManualClock } from "../support/manual-clock.js";

const same = (bytes: Buffer): Buffer => bytes;
const codec = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
const path = "/inference.Engine/Generate";

it("counts the calls that ended in the last ten seconds, and the errors, but not those of health", async () => {
  const clock = new ManualClock(1_000_400);
  const rate = new RequestRate(clock);
  const server = new Server({ interceptors: [rate.interceptor] });
  const generate: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) =>
    request.length === 0 ? callback({ code: 3, details: "empty" }) : callback(null, request);
  const check: handleUnaryCall<unknown, StatusResponse> = (_call, callback) => callback(null, statusResponses.SERVING);
  server.addService(
    { Generate: { path, requestStream: false, responseStream: false, ...codec } },
    { Generate: generate },
  );
  server.addService({ Check: healthService.Check }, { Check: check });
  const client = await serveGrpc(server);
  const call = (to: string, request: string) =>
    new Promise<void>((resolve) => {
      client.makeUnaryRequest(to, same, same, Buffer.from(request), () => resolve());
    });

  await call(path, "hello");
  expect(rate.load()).toEqual({});
  clock.advance(1000);
  expect(rate.load()).toEqual({ requestsPerSecond: 1, errorsPerSecond: 0 });
  await call(path, "");
  await call(healthService.Check.path, "");
  // The second that is not over counts when it is.
  expect(rate.load()).toEqual({ requestsPerSecond: 1, errorsPerSecond: 0 });
  clock.advance(3000);
  expect(rate.load()).toEqual({ requestsPerSecond: 0.5, errorsPerSecond: 0.25 });
  clock.advance(7000);
  expect(rate.load()).toEqual({ requestsPerSecond: 0.1, errorsPerSecond: 0.1 });
  clock.advance(1000);
  expect(rate.load()).toEqual({ requestsPerSecond: 0, errorsPerSecond: 0 });
});

it("counts the calls that run past their deadline, which no handler ends, as errors", async () => {
  const clock = new ManualClock(1_000_400);
  const rate = new RequestRate(clock);
  const server = new Server({ interceptors: [rate.interceptor] });
  let cancelled = (): void => {};
  const isCancelled = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  const hang: handleUnaryCall<Buffer, Buffer> = (call) => {
    call.on("cancelled", cancelled);
  };
  server.addService({ Generate: { path, requestStream: false, responseStream: false, ...codec } }, { Generate: hang });
  const client = await serveGrpc(server);

  const options = { deadline: Date.now() + 200 };
  const code = await new Promise((resolve) =>
    client.makeUnaryRequest(path, same, same, Buffer.from("x"), options, (error) => resolve(error?.code)),
  );
  expect(code).toBe(4);
  await isCancelled;
  clock.advance(1000);
  expect(rate.load()).toEqual({ requestsPerSecond: 1, errorsPerSecond: 1 });
});

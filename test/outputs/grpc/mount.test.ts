import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { ProbeCounts } from "../../../src/core/probe-counts.js";
import { HealthMethods } from "../../../src/outputs/grpc/health-methods.js";
import { LoadReportStreams } from "../../../src/outputs/grpc/load-report-streams.js";
import { addHealthService } from "../../../src/outputs/grpc/mount.js";
import { streamCoreMetricsPath } from "../../../src/proto/orca.js";
import { call, frame, messageOf, path, session, statusOf } from "./support/http2.js";
import { answered, clientPreface, dataFrame, headersFrame, rawConnection } from "./support/raw.js";
import { SimpleRegistry } from "./support/server.js";

/** A server of somebody else's with health and load reports on it. */
async function hostServer() {
  const health = new SimpleRegistry();
  health.serve("");
  health.set("", "healthy");
  const probeCounts = new ProbeCounts();
  const reports: number[] = [];
  const report = () => {
    reports.push(1);
    return { namedMetrics: {} };
  };
  const server = new Server();
  addHealthService(server, new HealthMethods({ source: health.registry, probeCounts, maxWatchers: 100 }));
  new LoadReportStreams({ report, maxStreams: 100, clock: health.clock }).addTo(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  onTestFinished(() => server.forceShutdown());
  return { port, health, probeCounts, reports };
}

const emptyRequest = frame(Buffer.alloc(0));
const streaming = [path.watch, streamCoreMetricsPath];

describe("a streaming method on a server of somebody else's", () => {
  it.each(streaming)("keeps nothing of a call that has ended before its request, %s", async (method) => {
    const { port, health, probeCounts, reports } = await hostServer();
    const socket = rawConnection(port);
    const late = headersFrame(1, method, { "grpc-timeout": "1m" });
    socket.write(Buffer.concat([clientPreface, late, dataFrame(1, emptyRequest, false)]));
    await answered(socket);
    const next = answered(socket);
    // The end of the first request, and one by whose answer it is known that this has come.
    const check = Buffer.concat([headersFrame(3, path.check), dataFrame(3, emptyRequest)]);
    socket.write(Buffer.concat([dataFrame(1, Buffer.alloc(0)), check]));
    await next;
    expect([...probeCounts]).toEqual([{ kind: "grpc_check", result: "serving", count: 1 }]);
    expect([health.registry.watcherCount, reports.length, health.clock.pending]).toEqual([0, 0, 0]);
  });

  it.each(streaming)("takes exactly one message, %s", async (method) => {
    const { port, health, reports } = await hostServer();
    const client = session(port);
    const many = await call(client, method, Buffer.concat([emptyRequest, emptyRequest, emptyRequest]));
    const none = await call(client, method, Buffer.alloc(0));
    expect([statusOf(many), statusOf(none)]).toEqual([status.UNIMPLEMENTED, status.UNIMPLEMENTED]);
    expect(messageOf(many)).toMatch(/more than one request message/);
    expect(messageOf(none)).toMatch(/no whole request message/);
    expect([health.registry.watcherCount, reports.length]).toEqual([0, 0]);
  });
});

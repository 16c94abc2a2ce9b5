import { Duplex } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { LoadReportStreams } from "../../../src/outputs/grpc/load-report-streams.js";
import type { OrcaLoadReport } from "../../../src/proto/orca.js";
import { ManualClock } from "../../support/manual-clock.js";
import { loadReportsFrom } from "../../support/orca.js";
import { TestServer } from "./support/server.js";

const nothingKnown = (): OrcaLoadReport => ({ namedMetrics: {} });

/** A server with load reports, of which nothing is known. */
async function serve(maxStreams = 100, report = nothingKnown) {
  const clock = new ManualClock();
  const loadReports = new LoadReportStreams({ report, maxStreams, clock });
  const server = await TestServer.start({ loadReports });
  return { address: server.address, clock, loadReports };
}

describe("load report streams", () => {
  it("give a report at once and one each interval, one a second at most", async () => {
    const { address, clock } = await serve();
    const [hurried, patient] = [loadReportsFrom(address), loadReportsFrom(address, 10)];
    await expect.poll(() => [hurried.reports.length, patient.reports.length]).toEqual([1, 1]);
    clock.advance(999);
    expect(clock.pending).toBe(2);
    clock.advance(1);
    await expect.poll(() => hurried.reports.length).toBe(2);
    expect(patient.reports.length).toBe(1);
    for (let reports = 3; reports <= 11; reports += 1) {
      expect(patient.reports.length).toBe(1);
      clock.advance(1000);
      await expect.poll(() => hurried.reports.length).toBe(reports);
    }
    await expect.poll(() => patient.reports.length).toBe(2);
  });

  it("end with their client", async () => {
    const { address, clock } = await serve();
    const stream = loadReportsFrom(address);
    await expect.poll(() => stream.reports.length).toBe(1);
    expect(clock.pending).toBe(1);
    stream.cancel();
    await expect.poll(() => clock.pending).toBe(0);
  });

  it("keep nothing for a client that does not read", async () => {
    const clock = new ManualClock();
    const asked = vi.fn(nothingKnown);
    let handler: ((stream: object) => void) | undefined;
    new LoadReportStreams({ report: asked, maxStreams: 1, clock }).addTo({
      addService: (_service, { StreamCoreMetrics }) => {
        handler = StreamCoreMetrics as typeof handler;
      },
    });
    const taken: (() => void)[] = [];
    const write = (_report: unknown, _encoding: unknown, callback: () => void) => void taken.push(callback);
    const stream = new Duplex({ objectMode: true, read: () => undefined, write });
    handler?.(stream);
    stream.push({ intervalMs: 1000 });
    stream.push(null);
    await expect.poll(() => asked.mock.calls.length).toBe(1);
    clock.advance(10_000);
    expect(asked).toHaveBeenCalledTimes(1);
    taken[0]?.();
    await new Promise(setImmediate);
    clock.advance(1000);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it("end where the load cannot be told, and say why", async () => {
    let failure: Error | undefined;
    const { address, clock } = await serve(100, () => {
      if (failure !== undefined) throw failure;
      return nothingKnown();
    });
    const stream = loadReportsFrom(address);
    await expect.poll(() => stream.reports.length).toBe(1);
    failure = new Error("no such queue \ud83d");
    clock.advance(1000);
    await expect.poll(() => stream.error).toBe("13 INTERNAL: the load could not be told: no such queue");
    expect(clock.pending).toBe(0);
  });

  it("end with their server", async () => {
    const { address, clock, loadReports } = await serve();
    const stream = loadReportsFrom(address);
    await expect.poll(() => stream.reports.length).toBe(1);
    loadReports.end();
    await expect.poll(() => stream.error).toBe("14 UNAVAILABLE: this server is shutting down");
    expect(clock.pending).toBe(0);
    const late = loadReportsFrom(address);
    await expect.poll(() => late.error).toBe("14 UNAVAILABLE: this server is shutting down");
  });

  it("are no more than there may be", async () => {
    const { address } = await serve(1);
    const first = loadReportsFrom(address);
    await expect.poll(() => first.reports.length).toBe(1);
    const refused = loadReportsFrom(address);
    await expect.poll(() => refused.error).toMatch(/^8 RESOURCE_EXHAUSTED: 1 load report streams are open/);
  });

  it("are not there unless somebody adds them", async () => {
    const { address } = await TestServer.start();
    const stream = loadReportsFrom(address);
    await expect.poll(() => stream.error).toMatch(/^12 UNIMPLEMENTED/);
  });
});

import { describe, expect, it } from "vitest";
import { LoadReportStreams } from "../../../src/outputs/grpc/load-report-streams.js";
import { ManualClock } from "../../support/manual-clock.js";
import { loadReportsFrom } from "../../support/orca.js";
import { TestServer } from "./support/server.js";

/** A server with load reports, of which nothing is known. */
async function serve(maxStreams = 100) {
  const clock = new ManualClock();
  const loadReports = new LoadReportStreams({ report: () => ({ namedMetrics: {} }), maxStreams, clock });
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
    clock.advance(9000);
    await expect.poll(() => [hurried.reports.length, patient.reports.length]).toEqual([11, 2]);
  });

  it("end with their client", async () => {
    const { address, clock } = await serve();
    const stream = loadReportsFrom(address);
    await expect.poll(() => stream.reports.length).toBe(1);
    expect(clock.pending).toBe(1);
    stream.cancel();
    await expect.poll(() => clock.pending).toBe(0);
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

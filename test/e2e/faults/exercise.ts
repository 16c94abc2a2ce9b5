import { expect } from "vitest";
import type { HealthClient } from "../../../src/client/health-client.js";
import type { ReadinessBody } from "../../../src/outputs/http/probes.js";
import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import type { LogLine, Server } from "../support/program.js";
import { operate } from "./drill.js";
import { type FaultRow, onGpu } from "./row.js";
import { sampleOf, shows } from "./samples.js";
import { StatusWatch } from "./status-watch.js";

/** A server of the matrix, and a client that watches it. */
export interface Bench {
  readonly server: Server;
  readonly client: HealthClient;
}

/** One row on one GPU, from healthy to the fault and back. Gives the time to detection, in milliseconds. */
export async function exercise({ server, client }: Bench, row: FaultRow, gpu: number): Promise<number | undefined> {
  const here = (text: string): string => onGpu(text, gpu);
  const component = here(row.component ?? "gpu/N");
  await prepare(server, row, gpu);
  const watch = new StatusWatch(client, component);
  try {
    await watch.until("SERVING", 0);
    const metricBefore = await sampleOf(server, row.metric, gpu);
    const logged = server.log().length;
    const news = (): readonly LogLine[] => server.log().slice(logged);

    const startedAt = { wallMs: Date.now(), monotonicMs: performance.now() };
    await operate(server, here(row.drill));
    const seenInMs = await detection(row, component, watch, news, startedAt);
    await shows(server, row.metric, gpu, metricBefore);
    await expectReadiness(server, row, component, gpu);
    if (row.ends.evidence !== undefined) await expectLogged(news, "fault_raised", { fault: row.reason });
    if (row.status !== "unhealthy") expect(watch.statuses.map(({ status }) => status)).not.toContain("NOT_SERVING");

    for (const { drill, shows: sample } of row.ends.steps) {
      await operate(server, here(drill));
      if (sample !== undefined) await shows(server, sample, gpu);
    }
    if (row.ends.evidence !== undefined) {
      await expectLogged(news, "fault_cleared", { fault: row.reason, evidence: row.ends.evidence });
    }
    await expectReady(server);
    if (row.status === "unhealthy") await watch.until("SERVING", 1);
    return seenInMs;
  } catch (error) {
    // What this row left must not fail the next.
    await operate(server, "drill reset");
    await operate(server, here("POST /admin/gpus/N/acknowledge")).catch(() => {});
    throw error;
  } finally {
    watch.stop();
  }
}

async function prepare(server: Server, { before }: FaultRow, gpu: number): Promise<void> {
  await expectReady(server);
  if (before === undefined) return;
  for (const drill of before.drills) await operate(server, onGpu(drill, gpu));
  await shows(server, before.shows, gpu);
}

/** Unhealthy: until the watcher is told. Degraded is SERVING, and events that change nothing are only logged. */
async function detection(
  { status, reason, seenBy }: FaultRow,
  component: string,
  watch: StatusWatch,
  news: () => readonly LogLine[],
  startedAt: { readonly wallMs: number; readonly monotonicMs: number },
): Promise<number | undefined> {
  if (status === "unhealthy") return (await watch.until("NOT_SERVING", 1)) - startedAt.monotonicMs;
  if (status === "unchanged" && seenBy !== "event") return undefined;
  const line =
    status === "degraded"
      ? await expectLogged(news, "transition", { component, to: "degraded", reason })
      : await expectLogged(news, "xid", { gpu: component, severity: reason });
  return Date.parse(String(line.time)) - startedAt.wallMs;
}

async function expectLogged(news: () => readonly LogLine[], event: string, fields: LogLine): Promise<LogLine> {
  return eventually(() => {
    const found = news().find(
      (line) => line.event === event && Object.entries(fields).every(([key, value]) => line[key] === value),
    );
    if (found === undefined) throw new Error(`no ${event} with ${JSON.stringify(fields)} in the log`);
    return found;
  });
}

async function expectReadiness(server: Server, row: FaultRow, component: string, gpu: number): Promise<void> {
  if (row.status === "unchanged") return expectReady(server);
  const { status, reason, readinessReason = reason } = row;
  const remedy = onGpu(row.remedy ?? "", gpu);
  await eventually(async () => {
    const readyz = await get(server.http, "/readyz");
    const whole = JSON.parse(readyz.text) as ReadinessBody;
    const part = whole.components?.[component];
    expect({
      http: readyz.status,
      status: whole.status,
      reason: whole.reason?.split(":")[0],
      remedy: whole.remedy?.slice(0, remedy.length),
      ofComponent: { status: part?.status, reason: part?.reason, remedy: part?.remedy?.slice(0, remedy.length) },
    }).toEqual({
      http: status === "unhealthy" ? 503 : 200,
      status: status === "unhealthy" ? "not_ready" : "degraded",
      reason: readinessReason,
      remedy,
      ofComponent: { status, reason, remedy },
    });
  });
}

async function expectReady(server: Server): Promise<void> {
  await eventually(async () => {
    const { status, text } = await get(server.http, "/readyz");
    expect({ status, text: JSON.parse(text) }).toEqual({ status: 200, text: { status: "ready" } });
  });
}

import { catalogue } from "../../../src/checks/catalogue.js";
import type { AlertDelivery } from "../../../src/core/alerting.js";
import { EventLoopDelays } from "../../../src/core/event-loop-delays.js";
import { type Refusal, refusals } from "../../../src/core/listener-state.js";
import { ProbeCounts } from "../../../src/core/probe-counts.js";
import type { ReadingDeclaration } from "../../../src/core/result.js";
import { createMetrics } from "../../../src/outputs/metrics/metrics.js";
import { GpuRegistry } from "../../support/gpu-registry.js";

/** A metric as it stands in the exposition. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Sample lines by everything before the value: `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const delivery: AlertDelivery = {
  receiver: "ops",
  type: "slack",
  firing: 1,
  queued: 2,
  sent: 3,
  failed: 4,
  dropped: 5,
  lastError: { message: "it answered 500", atWallMs: 0 },
};

/** The readings of every check type in the catalogue. */
export const declaredReadings: Record<string, Readonly<Record<string, ReadingDeclaration>>> = Object.fromEntries(
  catalogue.map(({ type, readings }) => [type, readings]),
);

/** Metrics over a registry of GPUs. The monitor of the event loop ends with `metrics.stop()`. */
export function metricsOf(readingDeclarations = declaredReadings, { dcgmNames = false } = {}) {
  const gpus = new GpuRegistry();
  const probeCounts = new ProbeCounts();
  const numbers = { watchers: 0, droppedLogLines: 0, unexpectedErrors: 0, isSimulated: true, isReloaded: true };
  const metrics = createMetrics({
    registry: gpus.registry,
    probeCounts,
    clock: gpus.clock,
    eventLoop: new EventLoopDelays(gpus.clock),
    readingDeclarations,
    version: "1.2.3",
    hostname: "node-7",
    dcgmNames,
    simulated: () => numbers.isSimulated,
    watchers: () => numbers.watchers,
    listeners: () => [
      {
        server: "grpc",
        address: "0.0.0.0:50051",
        openConnections: 3,
        refused: Object.fromEntries(refusals.map((each) => [each, 0])) as Record<Refusal, number>,
        certificate: { expiresAtWallMs: 1_800_000_000_000, isCurrent: true },
      },
    ],
    droppedLogLines: () => numbers.droppedLogLines,
    configuration: () => ({
      loadedAtWallMs: 1_767_225_600_500,
      restartNeeded: [],
      lastReload: numbers.isReloaded ? { ok: true, restartNeeded: [] } : { ok: false, errors: ["no"] },
      lastReloadAtWallMs: 1_767_225_700_000,
    }),
    alertDeliveries: () => [delivery],
    nodeReporting: () => ({
      writes: { condition: { done: 3, failed: 1 }, taint: { done: 1, failed: 0 }, event: { done: 2, failed: 0 } },
      lastWriteAgeMs: 42_000,
      problem: undefined,
      isTainted: true,
    }),
    supervised: () => [{ name: "engine", restarts: { done: 2, failed: 1, dry_run: 0 }, hasGivenUp: true }],
    unexpectedErrors: () => numbers.unexpectedErrors,
  });
  const scrape = async (): Promise<Map<string, Family>> => parseExposition((await metrics.text()).body);
  return { gpus, probeCounts, numbers, metrics, scrape };
}

function parseExposition(body: string): Map<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current = { type: "", help: "", samples: new Map<string, number>() };
  for (const line of body.split("\n").filter((each) => each !== "")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      current = { type: "", help: rest, samples: new Map() };
      families.set(name, current);
    } else if (keyword === "TYPE") {
      current.type = rest;
    } else {
      const end = line.lastIndexOf(" ");
      current.samples.set(line.slice(0, end), Number(line.slice(end + 1)));
    }
  }
  return families;
}

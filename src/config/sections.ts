import { z } from "zod";
import { secret } from "../checks/common/secret.js";
import { duration, mapping, network, percent } from "../checks/options.js";
import type { ConnectionLimits } from "../core/listen-options.js";
import { faultOverrides } from "./fault-overrides.js";
import { listeners } from "./listen-section.js";

const connectionLimits = (byDefault: ConnectionLimits) => ({
  maxConnections: z
    .int()
    .min(1)
    .default(byDefault.maxConnections)
    .describe("Connections open at once, over all listeners; one more is closed at once."),
  maxConnectionsPerAddress: z
    .int()
    .min(1)
    .default(byDefault.maxConnectionsPerAddress)
    .describe("Of these, from one address. Behind a proxy all clients have one address, so it is high."),
});

/** Every section but `checks` and `components`: each option declared once, with its default and its row in the docs. */
export const sections = {
  grpc: mapping({
    listen: listeners()
      .prefault("0.0.0.0:50051")
      .describe("Where the gRPC server listens: one listener or a list, see [Listeners](#listeners)."),
    maxWatchers: z
      .int()
      .min(1)
      .default(10_000)
      .describe("Open Watch streams at most; one more is answered RESOURCE_EXHAUSTED."),
    ...connectionLimits({ maxConnections: 20_000, maxConnectionsPerAddress: 15_000 }),
    keepalive: mapping({
      interval: duration({ atLeastMs: 1000 })
        .prefault("30s")
        .describe("After how long without traffic a connection is pinged."),
      timeout: duration({ atLeastMs: 100 })
        .prefault("10s")
        .describe("How long a ping may stay unanswered before the connection is closed."),
    })
      .prefault({})
      .describe("How dead watchers are found."),
    loadReports: mapping({
      utilization: z
        .enum(["mean", "max"])
        .default("mean")
        .describe("What the utilization of several GPUs comes to: their `mean`, or `max`, that of the busiest."),
      requestsPerSecond: z
        .number()
        .positive()
        .optional()
        .describe("What to report where no heartbeat says how many requests there are; see docs/load-balancing.md."),
    })
      .optional()
      .describe(
        "Streams ORCA load reports (docs/load-balancing.md) to clients that ask, as many at most as `maxWatchers`; left out: there are none. `{}` takes the defaults.",
      ),
  }),
  http: mapping({
    listen: listeners()
      .prefault("0.0.0.0:9091")
      .describe("Where the HTTP probes, the metrics and the status page are served: one listener or a list."),
    details: mapping({
      allow: z.array(network()).min(1).optional().describe("Addresses and networks that are told everything."),
      token: secret()
        .optional()
        .describe(
          "Requests with this token (`Authorization: Bearer …`) are, too; best from the environment or `file:/PATH`.",
        ),
    })
      .refine(({ allow, token }) => allow !== undefined || token !== undefined, {
        error: "needs `allow`, `token` or both: else nobody would see any",
      })
      .optional()
      .describe(
        "Who sees reasons, the report, the page and `/metrics`; left out: everybody. All others see the status of probes.",
      ),
    ...connectionLimits({ maxConnections: 20_000, maxConnectionsPerAddress: 15_000 }),
  }),
  admin: mapping({
    listen: listeners()
      .prefault("127.0.0.1:9092")
      .describe("Where drain, reload and drills are taken. Whoever is let in can turn traffic away: keep it local."),
    token: secret()
      .optional()
      .describe(
        "The token that requests must carry (`Authorization: Bearer …`), best from the environment or `file:/PATH`, which is read anew each time. Without one only loopback addresses and Unix sockets, which need none, can be listened on.",
      ),
    ...connectionLimits({ maxConnections: 1000, maxConnectionsPerAddress: 500 }),
  }),
  gpu: mapping({
    mode: z
      .enum(["auto", "required", "off"])
      .default("auto")
      .describe(
        "`auto`: serve without GPUs where there is no NVML library; `required`: do not start; `off`: never load it.",
      ),
    interval: duration({ atLeastMs: 100 }).prefault("1s").describe("How often each GPU is sampled."),
    inspectionInterval: duration({ atLeastMs: 100 })
      .prefault("5s")
      .describe(
        "How often what changes slowly is read: ECC, links, thresholds, processes, recovery action. At once, too, where much more memory is in use.",
      ),
    stallAfter: duration({ atLeastMs: 200 })
      .prefault("5s")
      .describe(
        "An NVML call that takes longer is stalled, and a reading that is older is no data, until one takes less than half of this.",
      ),
    library: z
      .string()
      .min(1)
      .optional()
      .describe("Path of the NVML library; left out: `libnvidia-ml.so.1` as the system finds it."),
    slowdownShare: percent()
      .prefault("25%")
      .describe("Share of `slowdownWindow` for which a GPU may be slowed down by heat, power brake or hardware."),
    slowdownWindow: duration({ atLeastMs: 100 }).prefault("1m").describe("Over which time `slowdownShare` is counted."),
    leakWindow: duration({ atLeastMs: 1000 })
      .prefault("10m")
      .describe(
        "Over which time free memory must fall steadily, with the same processes, to warn of a leak; 15 intervals at least.",
      ),
    faults: faultOverrides()
      .prefault({})
      .describe("What is to be different from the catalogue of faults: see docs/fault-catalogue.md."),
  }),
  metrics: mapping({
    dcgmNames: z
      .boolean()
      .default(false)
      .describe("Whether `/metrics` has the names and units of dcgm-exporter's default set beside its own."),
  }),
  drain: mapping({
    delay: duration()
      .prefault("5s")
      .describe("From SIGTERM to the end of the streams: time for load balancers to learn of it."),
    deadline: duration({ atLeastMs: 100 })
      .prefault("20s")
      .describe(
        "From SIGTERM to the exit of the process, whatever hangs. Keep it under Kubernetes' `terminationGracePeriodSeconds` (30 s by default).",
      ),
  }),
  reload: mapping({
    watch: z
      .boolean()
      .default(true)
      .describe("Whether the server takes a new configuration by itself when the file has changed."),
    interval: duration({ atLeastMs: 100 })
      .prefault("5s")
      .describe("How often it looks at the file, behind all symbolic links."),
  }),
  log: mapping({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("The least severe line that is logged."),
  }),
} as const;

export type SectionName = keyof typeof sections;

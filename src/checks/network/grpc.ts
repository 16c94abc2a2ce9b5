import { z } from "zod";
import { present } from "../../core/result.js";
import type { HealthStatus } from "../../proto/health.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { httpHeaders } from "../common/http-headers.js";
import { tlsOptions } from "../common/tls-options.js";
import { mapping, remoteAddress } from "../options.js";
import type { Check, Result } from "../result.js";
import { HealthClient } from "./grpc-client.js";
import { judgeStatus } from "./grpc-verdict.js";
import { HealthWatch } from "./grpc-watch.js";

/** What every call has already, and what HTTP/2 forbids. */
const reserved =
  /^(:|grpc-|te$|content-type$|user-agent$|host$|connection$|keep-alive$|proxy-connection$|transfer-encoding$|upgrade$)/i;

const options = () =>
  mapping({
    address: remoteAddress().describe("The server: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`."),
    service: z.string().default("").describe("The name to ask for; empty: the server as a whole."),
    mode: z
      .enum(["check", "watch"])
      .default("check")
      .describe(
        "`check`: one Check for each run, over a new connection, as a kubelet asks. `watch`: a Watch stays open beside " +
          "that, so that news starts a run at once, and what is not serving counts at once, whatever `failureThreshold` " +
          "says. Where the server has no Watch only the runs are left.",
      ),
    tls: tlsOptions().optional().describe("Speak TLS; `{}` for the defaults. Left out: no TLS."),
    metadata: httpHeaders(reserved)
      .default({})
      .describe(
        "Headers of each call. A value that ends in `file:/PATH` takes the content of that file, read anew for each run.",
      ),
    authority: z
      .string()
      .regex(/^[^\s\p{Cc}/]+$/u, { error: "expected a host name, with a port where it needs one" })
      .optional()
      .describe("What the header `:authority` says; left out: the address."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const grpc = defineCheck<Options>({
  type: "grpc",
  summary: "Another server says SERVING over `grpc.health.v1.Health`.",
  reasons: [
    "connections",
    "tls",
    "grpc",
    "authentication_failed",
    "http2_not_offered",
    "protocol_error",
    "rpc_failed",
    "secret_unreadable",
    "unavailable",
  ],
  options,
  readings: {
    responseSeconds: { metric: "grpc_response", unit: "seconds", help: "Time until Check was answered." },
  },
  create: (given, context) => new GrpcCheck(given, context),
});

class GrpcCheck implements Check {
  private readonly client: HealthClient;
  private watch: HealthWatch | undefined;
  private isRunning = false;
  /** What the last run was told; undefined where it failed. */
  private lastStatus: HealthStatus | undefined;
  /** What the Watch said while a run was in progress. */
  private heard: HealthStatus | undefined;
  private changed = () => {};

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {
    const { address, service, tls, authority, metadata } = given;
    this.client = new HealthClient({ address, service, tls, authority, metadata });
  }

  async run(signal: AbortSignal): Promise<Result> {
    this.isRunning = true;
    this.heard = undefined;
    this.lastStatus = undefined;
    try {
      return await this.ask(signal);
    } catch (error) {
      this.watch?.restart();
      throw error;
    } finally {
      this.isRunning = false;
      if (this.heard !== undefined) this.onStatus(this.heard);
    }
  }

  subscribe(changed: () => void): () => void {
    if (this.given.mode === "check") return () => {};
    const { clock, timeoutMs } = this.context;
    this.changed = changed;
    this.watch = new HealthWatch(this.client, clock, timeoutMs, (status) => this.onStatus(status), changed);
    this.watch.start();
    return () => this.watch?.stop();
  }

  private async ask(signal: AbortSignal): Promise<Result> {
    const { clock, timeoutMs } = this.context;
    const { service, mode } = this.given;
    const startedAtMs = clock.nowMs();
    const status = await this.client.check({ clock, signal }, timeoutMs);
    this.lastStatus = status;
    const elapsedMs = clock.nowMs() - startedAtMs;
    return {
      ...judgeStatus(status, { where: this.client.where, service }, elapsedMs),
      readings: { responseSeconds: present(elapsedMs / 1000) },
      metadata: { servingStatus: status },
      ...(mode === "watch" && status !== "SERVING" ? { immediate: true } : {}),
    };
  }

  /** What the last run was told as well is no news. */
  private onStatus(status: HealthStatus): void {
    if (this.isRunning) this.heard = status;
    else if (status !== this.lastStatus) this.changed();
  }
}

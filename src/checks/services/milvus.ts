import { z } from "zod";
import { formatAddress } from "../../core/address.js";
import type { Clock } from "../../core/clock.js";
import { defineCheck } from "../check-type.js";
import { resolveSecret, secret } from "../common/secret.js";
import { readTls, tlsOptions } from "../common/tls-options.js";
import { mapping, remoteAddress } from "../options.js";
import type { Check, Result } from "../result.js";
import { type MilvusTarget, withMilvus } from "./milvus-client.js";
import { readMilvus } from "./milvus-state.js";
import { judgeMilvus } from "./milvus-verdict.js";

const options = () =>
  mapping({
    address: remoteAddress().describe("The gRPC address of Milvus: `HOST:19530`."),
    collections: z
      .array(z.string().min(1))
      .default([])
      .describe("Collections that must be loaded; without entities in one of them the check is degraded."),
    database: z.string().min(1).optional().describe("The database of the collections; left out: `default`."),
    token: secret().optional().describe("An API key, or `USER:PASSWORD`."),
    username: z.string().min(1).optional().describe("A user of Milvus, with `password`."),
    password: secret().optional().describe("The password of `username`."),
    tls: tlsOptions().optional().describe("Speak TLS; `{}` for the defaults. Left out: no TLS."),
  }).refine(
    ({ token, username, password }) =>
      (username === undefined) === (password === undefined) && (token === undefined || username === undefined),
    { error: "give either `token`, or `username` and `password`" },
  );

type Options = z.output<ReturnType<typeof options>>;

export const milvus = defineCheck<Options>({
  type: "milvus",
  summary:
    "Milvus says it is healthy, and the collections that are named are loaded; degraded where one is empty or writes are denied.",
  reasons: [
    "connections",
    "tls",
    "milvus",
    "authentication_failed",
    "database_not_found",
    "http2_not_offered",
    "not_grpc",
    "protocol_error",
    "rpc_failed",
    "secret_unreadable",
    "unavailable",
  ],
  options,
  readings: {
    responseSeconds: { metric: "milvus_response", unit: "seconds", help: "Time until all was known." },
    loadedCollections: {
      metric: "milvus_loaded_collections",
      unit: "count",
      help: "How many of the collections that are named are loaded.",
    },
    entities: {
      metric: "milvus_collection_entities",
      unit: "count",
      help: "Entities of a collection, as Milvus counts them: deleted ones count until they are compacted.",
      labels: ["collection"],
    },
  },
  create: (given, { clock, timeoutMs }) => new MilvusCheck(given, clock, timeoutMs),
});

class MilvusCheck implements Check {
  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const startedAtMs = this.clock.nowMs();
    const target = await this.resolve(signal);
    const deadline = { clock: this.clock, signal };
    const state = await withMilvus(target, deadline, this.timeoutMs, (call) =>
      readMilvus(call, this.given.collections, target.where),
    );
    return judgeMilvus(state, target.where, this.clock.nowMs() - startedAtMs);
  }

  /** Secrets and certificates are read anew for each run. */
  private async resolve(signal: AbortSignal): Promise<MilvusTarget> {
    const { address, database, token, username, password, tls } = this.given;
    const resolved = await resolveSecret(token ?? password ?? "", signal);
    const credentials = username === undefined ? resolved : `${username}:${resolved}`;
    return {
      address,
      where: formatAddress(address),
      tls: tls === undefined ? undefined : await readTls(tls, signal),
      metadata: {
        ...(credentials === "" ? {} : { authorization: Buffer.from(credentials).toString("base64") }),
        ...(database === undefined ? {} : { dbname: database }),
      },
      secrets: [resolved, credentials],
    };
  }
}

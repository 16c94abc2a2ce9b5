import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { defineCheck } from "../check-type.js";
import { httpUrl } from "../common/http-url.js";
import { resolveSecret, secret } from "../common/secret.js";
import { withTimeLimit } from "../common/time-limit.js";
import { readTls, refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { mapping, percent } from "../options.js";
import type { Check, Result } from "../result.js";
import { KnownQuotas, readMember } from "./etcd-member.js";
import { EtcdUser } from "./etcd-user.js";
import { isWell, judgeEtcd } from "./etcd-verdict.js";

const options = () =>
  mapping({
    endpoints: z
      .array(httpUrl())
      .min(1)
      .describe(
        "The client URLs of the members: as many as should be seen, `http://HOST:2379` each. One that takes longer than half of `timeout` counts as unreachable.",
      ),
    username: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A user of etcd, who needs no rights. The check logs in and reads a key as that user; late releases tell their state to users only.",
      ),
    password: secret().optional().describe("The password of `username`."),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
    maxDatabaseUsed: percent()
      .prefault("90%")
      .describe(
        "Size of the database against its quota, at most; over it the check is degraded. A full one takes no writes.",
      ),
  })
    .refine(({ username, password }) => (username === undefined) === (password === undefined), {
      error: "`username` and `password` come together: give both or none",
    })
    .superRefine(({ endpoints, tls }, context) => refuseIdleTls(context, tls, endpoints));

type Options = z.output<ReturnType<typeof options>>;

export const etcd = defineCheck<Options>({
  type: "etcd",
  summary:
    "An etcd cluster has a leader, answers reads and has raised no alarm; degraded where members are missing or the database is nearly full.",
  reasons: [
    "connections",
    "tls",
    "etcd",
    "authentication_failed",
    "invalid_answer",
    "protocol_error",
    "secret_unreadable",
    "unexpected_status",
  ],
  options,
  readings: {
    wellMembers: { metric: "etcd_well_members", unit: "count", help: "Members of the endpoints given that are well." },
    databaseBytes: {
      metric: "etcd_database_size",
      unit: "bytes",
      help: "Size of the database file, the largest of all members.",
    },
    databaseQuotaBytes: {
      metric: "etcd_database_quota",
      unit: "bytes",
      help: "Size at which etcd takes no more writes, of the member with the least left.",
    },
    databaseUsedRatio: {
      metric: "etcd_database_used",
      unit: "ratio",
      help: "Size of the database against its quota, of the member with the least left.",
    },
  },
  create: (given, { clock, timeoutMs }) => new EtcdCheck(given, clock, timeoutMs / 2),
});

class EtcdCheck implements Check {
  private readonly quotas = new KnownQuotas();
  private user: EtcdUser | undefined;

  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
    /** A member that takes longer counts as unreachable, so that the others can still be judged. */
    private readonly memberTimeoutMs: number,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { endpoints, tls: tlsGiven } = this.given;
    const tls = tlsGiven === undefined ? undefined : await readTls(tlsGiven, signal);
    const deadline = { clock: this.clock, signal };
    const user = await this.currentUser(signal);
    const members = await Promise.all(
      endpoints.map((endpoint) =>
        withTimeLimit(this.memberTimeoutMs, deadline, (limited) =>
          readMember({ endpoint, tls }, this.quotas, user, { clock: this.clock, signal: limited }),
        ),
      ),
    );
    const well = members.find(isWell);
    if (well !== undefined) await user?.prove({ endpoint: well.endpoint, tls }, deadline);
    return judgeEtcd(members, this.given.maxDatabaseUsed);
  }

  /** Another one, without tokens, when the password was replaced. */
  private async currentUser(signal: AbortSignal): Promise<EtcdUser | undefined> {
    const { username, password } = this.given;
    if (username === undefined || password === undefined) return undefined;
    const resolved = await resolveSecret(password, signal);
    if (this.user?.credentials.password !== resolved) this.user = new EtcdUser({ username, password: resolved });
    return this.user;
  }
}

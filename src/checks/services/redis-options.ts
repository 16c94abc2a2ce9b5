import { z } from "zod";
import { secret } from "../common/secret.js";
import { parseServiceUrl, refuseSecondCredentials, serviceUrl, type UrlForm } from "../common/service-url.js";
import { tlsOptions } from "../common/tls-options.js";
import { mapping, remoteAddress } from "../options.js";
import { shareLimits } from "./share-limits.js";

export const redisUrlForm: UrlForm = {
  defaultPorts: { redis: 6379, rediss: 6379 },
  example: "redis://cache.example:6379/0",
};

export const redisOptions = () =>
  mapping({
    url: serviceUrl(redisUrlForm)
      .optional()
      .describe(
        "`redis://USER:PASSWORD@HOST:PORT/DB`, or `rediss://` for TLS; `%2Frun%2Fredis.sock` as the host is a Unix socket.",
      ),
    cluster: z
      .array(remoteAddress())
      .min(1)
      .optional()
      .describe("Instead of `url`: nodes of a cluster, one of which must answer."),
    sentinels: z
      .array(remoteAddress())
      .min(1)
      .optional()
      .describe("Instead of `url`: sentinels, which say where the primary is. It is asked for anew after each fault."),
    masterName: z.string().min(1).optional().describe("With `sentinels`: the name by which they know the primary."),
    username: z.string().min(1).optional().describe("The ACL user, instead of one in the URL."),
    password: secret().optional().describe("The password, instead of one in the URL."),
    sentinelUsername: z.string().min(1).optional().describe("The ACL user of the sentinels."),
    sentinelPassword: secret().optional().describe("The password of the sentinels."),
    database: z.int().min(0).optional().describe("The number of the database, instead of one in the URL."),
    tls: tlsOptions().optional().describe("Speak TLS; `{}` for the defaults. Left out: no TLS, but for `rediss://`."),
    role: z
      .enum(["primary", "replica"])
      .optional()
      .describe("What the server must be. One that sentinels name must be a primary."),
    memory: shareLimits("of `maxmemory`")
      .optional()
      .describe(
        "Limits on the memory in use. Left out: degraded from 90% on, except where any key may be evicted (`allkeys-…`). Without effect where the server has no `maxmemory`.",
      ),
  }).superRefine((given, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { url, cluster, sentinels, masterName } = given;
    if ([url, cluster, sentinels].filter((each) => each !== undefined).length !== 1) {
      context.addIssue({ code: "custom", message: "give one of `url`, `cluster` and `sentinels`" });
    }
    if ((sentinels === undefined) !== (masterName === undefined)) {
      problem("masterName", "`sentinels` and `masterName` come together: give both or none");
    }
    if (cluster !== undefined && given.role !== undefined)
      problem("role", "has no effect in a cluster, which has both");
    if (sentinels !== undefined && given.role === "replica") problem("role", "sentinels name the primary only");
    if (cluster !== undefined && given.database !== undefined) problem("database", "a cluster has no databases but 0");
    if (sentinels === undefined && (given.sentinelUsername ?? given.sentinelPassword) !== undefined) {
      problem("sentinelPassword", "has no effect without `sentinels`");
    }
    if (url === undefined) return;
    const { user, password, path } = parseServiceUrl(url, redisUrlForm);
    refuseSecondCredentials(context, given, { user, password });
    if (path !== undefined && given.database !== undefined) problem("database", "the URL names a database already");
    if (path !== undefined && !/^[0-9]+$/.test(path))
      problem("url", "the path of the URL must be the number of a database");
  });

export type RedisOptions = z.output<ReturnType<typeof redisOptions>>;

import { z } from "zod";
import { httpAuth } from "../common/http-auth.js";
import { httpHeaders } from "../common/http-headers.js";
import { httpUrl } from "../common/http-url.js";
import { holdingSecrets } from "../common/secret.js";
import { refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { absolutePath, mapping } from "../options.js";
import { httpExpectation } from "./http-expect.js";

/** What HTTP/2 has other means for, and forbids: RFC 9113, section 8.2.2. */
const ofConnection = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

export const httpOptions = () =>
  mapping({
    url: httpUrl().describe("What to ask for."),
    method: z.enum(["GET", "HEAD", "POST", "PUT", "OPTIONS"]).default("GET").describe("The method of the request."),
    headers: httpHeaders()
      .default({})
      .describe(
        "Headers of the request. A value that ends in `file:/PATH` takes the content of that file, read anew for each run.",
      ),
    auth: httpAuth().optional().describe("Who asks: a bearer token, or user and password."),
    body: holdingSecrets(z.string()).optional().describe("The body of the request."),
    expect: httpExpectation().prefault({}).describe("What the answer must be."),
    redirect: z
      .enum(["follow", "error", "manual"])
      .default("follow")
      .describe(
        "`follow`: up to 5 redirects; `error`: a redirect is unhealthy; `manual`: judge the redirect's own status.",
      ),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
    http2: z
      .boolean()
      .default(false)
      .describe("Speak HTTP/2: by ALPN over `https://`, with prior knowledge over `http://`. Else HTTP/1.1."),
    unixSocket: absolutePath().optional().describe("Connect to this Unix socket, whatever host the URL names."),
  }).superRefine(({ url, tls, auth, headers, http2 }, context) => {
    const fail = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    refuseIdleTls(context, tls, [url]);
    const forbidden = http2 ? Object.keys(headers).find((name) => ofConnection.test(name)) : undefined;
    if (forbidden !== undefined) fail("headers", `holds ${forbidden}, which HTTP/2 forbids`);
    if (auth !== undefined && Object.keys(headers).some((name) => name.toLowerCase() === "authorization")) {
      fail("auth", "sets the header authorization, which is in `headers` too: leave one out");
    }
  });

export type HttpOptions = z.output<ReturnType<typeof httpOptions>>;

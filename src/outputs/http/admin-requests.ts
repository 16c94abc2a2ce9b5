import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { problemsOf } from "./admin-bodies.js";
import { jsonResponse } from "./json.js";

const maxBodyBytes = 64 * 1024;

/**
 * Refuses what a web page in an operator's browser sends: browsers put `Origin` or `Sec-Fetch-Site` on each request
 * that can change something, programs put neither. A page could otherwise drain this server with a plain form, since
 * the browser runs where the admin address can be reached.
 */
export const refuseWebPages: MiddlewareHandler = async (context, next) => {
  const site = context.req.header("sec-fetch-site");
  const isFromPage = context.req.header("origin") !== undefined || (site !== undefined && site !== "none");
  if (context.req.method !== "GET" && isFromPage) {
    return jsonResponse(403, { error: "web pages may change nothing here; use curl or another program" });
  }
  return next();
};

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response };

/** The JSON body as `schema` has it; `{}` where there is none. */
export async function readBody<T>(context: Context, schema: z.ZodType<T>): Promise<Parsed<T>> {
  const read = await readWhole(context);
  if (!read.ok) return read;
  const text = read.value;
  if (text === "") return parse(schema, {}, "body");
  if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
    return refuse(415, "the body must be JSON: send the header «content-type: application/json»");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(400, `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parse(schema, value, "body");
}

/**
 * The body, whatever it is. To be waited for where nothing in it counts, too: a request that is cut off must change
 * nothing.
 */
export async function readWhole(context: Context): Promise<Parsed<string>> {
  try {
    const text = await readText(context.req.raw.body);
    return text === undefined
      ? refuse(413, `the body is larger than ${maxBodyBytes} bytes`)
      : { ok: true, value: text };
  } catch {
    return refuse(400, "the body ended before all of it was there");
  }
}

export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): Parsed<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return refuse(400, `the ${what} is not valid`, problemsOf(parsed.error));
}

function refuse(status: number, error: string, problems?: readonly string[]): Parsed<never> {
  return { ok: false, response: jsonResponse(status, problems === undefined ? { error } : { error, problems }) };
}

/** Undefined where there is more of it than is taken; the rest stays unread. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

import type { AlertTarget } from "../../core/alerting.js";
import { assertNever } from "../../core/assert-never.js";

type Resolve = (text: string) => Promise<string>;

/** The target with the contents of files in place of `file:/PATH`, read anew each time, since they may be replaced. */
export async function withResolved(target: AlertTarget, resolve: Resolve): Promise<AlertTarget> {
  const url = await resolve(target.url);
  switch (target.type) {
    case "webhook":
      return { ...target, ...(await resolvedSecret(target, resolve)), url, headers: await valuesOf(target, resolve) };
    case "alertmanager":
      return { ...target, url, headers: await valuesOf(target, resolve) };
    case "dingtalk":
    case "feishu":
      return { ...target, ...(await resolvedSecret(target, resolve)), url };
    case "pagerduty":
      return { ...target, url, routingKey: await resolve(target.routingKey) };
    case "slack":
    case "wecom":
      return { ...target, url };
    default:
      return assertNever(target);
  }
}

const resolvedSecret = async ({ secret }: { readonly secret?: string }, resolve: Resolve) =>
  secret === undefined ? {} : { secret: await resolve(secret) };

type Headers = Readonly<Record<string, string>>;

async function valuesOf({ headers }: { readonly headers: Headers }, resolve: Resolve): Promise<Headers> {
  const resolved = Object.entries(headers).map(async ([name, value]) => [name, await resolve(value)] as const);
  return Object.fromEntries(await Promise.all(resolved));
}

/** What of a target an error may not show: secrets, the values of headers, and all of a URL behind its host. */
export function secretTexts(target: AlertTarget): readonly string[] {
  const texts = [
    ...partsOf(target.url),
    ...("headers" in target ? Object.values(target.headers) : []),
    ...("secret" in target && target.secret !== undefined ? [target.secret] : []),
    ...("routingKey" in target ? [target.routingKey] : []),
  ];
  // `Bearer TOKEN` has its secret after the space; where the content of a file is, is none.
  const words = texts.flatMap((text) => [text, ...text.split(/\s+/)]);
  return words.filter((word) => word.length >= shortestSecret && !/(^|\s)file:\//.test(word));
}

/** What is shorter stands in sentences by chance. */
const shortestSecret = 6;

function partsOf(url: string): readonly string[] {
  if (!URL.canParse(url) || url.startsWith("file:")) return [url];
  const { pathname, search, password, searchParams } = new URL(url);
  return [url, pathname, search, password, ...searchParams.values(), ...pathname.split("/")];
}

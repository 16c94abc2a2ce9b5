export const livenessPaths = ["/livez", "/healthz", "/health/live"] as const;
export const readinessPaths = ["/readyz", "/ready", "/health/ready"] as const;
export const startupPaths = ["/startupz", "/health/startup"] as const;

/** Every path that is answered beside the status page; known without loading what answers. */
const httpPaths: ReadonlySet<string> = new Set([
  ...livenessPaths,
  ...readinessPaths,
  ...startupPaths,
  "/health",
  "/status",
  "/status/stream",
  "/metrics",
]);

const isPage = (path: string): boolean => path === "/" || path.startsWith("/assets/");

/** Whether the path is answered. On somebody else's server, where it is not below a path of its own, `/` is the host's. */
export const isHealthPath = (path: string, { isMounted }: { readonly isMounted: boolean }): boolean =>
  httpPaths.has(path) || (isMounted && isPage(path));

export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

/** Undefined where the path is not below the prefix. */
export function pathBelow(prefix: string, path: string): string | undefined {
  if (path === prefix) return "/";
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

/** Express and its like take the path off the URL under which they have mounted what they call. */
export function originalUrlOf(request: { readonly url?: string | undefined; readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === "string" ? request.originalUrl : (request.url ?? "/");
}

/** The same, where paths can begin with it. @throws Error where none does, so that nothing would be answered. */
export function checkedPrefix(prefix: string): string {
  if (prefix === "" || /^\/.*[^/]$/.test(prefix)) return prefix;
  throw new Error(`prefix is ${JSON.stringify(prefix)}: begin it with a slash and end it without one, as in /internal`);
}

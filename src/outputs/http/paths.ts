export const livenessPaths = ["/livez", "/healthz", "/health/live"] as const;
export const readinessPaths = ["/readyz", "/ready", "/health/ready"] as const;
export const startupPaths = ["/startupz", "/health/startup"] as const;

/** Every path that is answered beside the status page; known without loading what answers. */
export const httpPaths: ReadonlySet<string> = new Set([
  ...livenessPaths,
  ...readinessPaths,
  ...startupPaths,
  "/health",
  "/status",
  "/status/stream",
  "/metrics",
]);

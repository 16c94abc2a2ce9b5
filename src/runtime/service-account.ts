import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { exchange } from "../checks/common/http-request.js";
import type { Clock } from "../core/clock.js";
import type { ApiTransport } from "../outputs/kubernetes/api.js";
import { version } from "./version.js";

/** A Node has a few dozen KiB, most of it the names of its images; etcd takes 1.5 MiB at most, which are more as JSON. */
const keepBodyBytes = 4 * 1024 * 1024;

/**
 * The API server as Kubernetes names it to every pod. Throws a sentence for people where it does not: then this is no pod.
 */
export function apiServerUrl(environment: NodeJS.ProcessEnv): URL {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  if (host === undefined || host === "") {
    throw new Error(
      "node-agent runs in a pod of Kubernetes: KUBERNETES_SERVICE_HOST is not set, which names the API server; " +
        "on a machine without Kubernetes use serve",
    );
  }
  return new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
}

/**
 * Requests with the credentials in the folder of a service account. Token and certificate are read anew for each of them:
 * the kubelet replaces the token long before its hour is over, and a request every few minutes costs nothing.
 */
export function serviceAccountTransport(apiServer: URL, folder: string, clock: Clock): ApiTransport {
  return async ({ method, path, contentType, body }, signal) => {
    const token = await credential(folder, "token", signal);
    const ca = await credential(folder, "ca.crt", signal);
    const headers = {
      authorization: `Bearer ${token.trim()}`,
      accept: "application/json",
      "user-agent": `gpu-health/${version} (node-agent)`,
      ...(contentType === undefined ? {} : { "content-type": contentType }),
    };
    const url = new URL(path, apiServer);
    const answer = await exchange({ url, method, headers, body, tls: { ca }, keepBodyBytes }, { clock, signal });
    return { status: answer.status, retryAfter: answer.headers["retry-after"], body: answer.bodyStart };
  };
}

async function credential(folder: string, name: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new Error(`${path} cannot be read${code}: the pod needs a service account with automountServiceAccountToken`);
  }
}

import { parseAddress } from "../core/address.js";
import { isLoopback } from "../core/networks.js";
import { formatDuration } from "../core/units.js";
import type { Configuration } from "./configuration.js";
import { type Problem, valueProblem } from "./problem.js";

/** What no section can see by itself. */
export function crossCheck(configuration: Omit<Configuration, "components">): readonly Problem[] {
  return [
    ...gpuProblems(configuration),
    ...drainProblems(configuration),
    ...addressProblems(configuration).map(({ section, problem }) => valueProblem([section, "listen"], problem)),
    ...adminProblems(configuration),
  ];
}

function gpuProblems({ gpu, checks }: Pick<Configuration, "gpu" | "checks">): readonly Problem[] {
  const problems: Problem[] = [];
  if (gpu.stallAfterMs <= gpu.intervalMs) {
    const message = `must be longer than gpu.interval (${formatDuration(gpu.intervalMs)}), or every sample counts as stalled`;
    problems.push(valueProblem(["gpu", "stallAfter"], message));
  }
  if (gpu.mode === "off") {
    const message = "never passes while gpu.mode is off: remove the check, or set gpu.mode to auto";
    const given = checks.filter((check) => check.type === "gpu" && !check.isImplicit);
    problems.push(...given.map(({ name }) => valueProblem(["checks", name, "type"], message)));
  }
  return problems;
}

function drainProblems({ drain }: Pick<Configuration, "drain">): readonly Problem[] {
  if (drain.delayMs < drain.deadlineMs) return [];
  const message = `must be longer than drain.delay (${formatDuration(drain.delayMs)}), or no stream is ever ended in order`;
  return [valueProblem(["drain", "deadline"], message)];
}

/** Listeners that cannot be there together: of two on one port, each on all addresses or on the same one. */
export function addressProblems(
  configuration: Pick<Configuration, "grpc" | "http" | "admin">,
): readonly { readonly section: "grpc" | "http" | "admin"; readonly problem: string }[] {
  const taken: { readonly section: string; readonly address: string }[] = [];
  return (["grpc", "http", "admin"] as const).flatMap((section) =>
    configuration[section].listen.flatMap(({ address }) => {
      const other = taken.find((each) => areOneListener(each.address, address));
      taken.push({ section, address });
      if (other === undefined) return [];
      const where = other.address === address ? "" : `, as ${other.address}`;
      return [{ section, problem: `${address} is taken by ${other.section}.listen already${where}` }];
    }),
  );
}

function areOneListener(a: string, b: string): boolean {
  const [first, second] = [parseAddress(a), parseAddress(b)];
  if (!first.ok || !second.ok) return a === b;
  if (first.address.kind !== "tcp" || second.address.kind !== "tcp") return a === b;
  if (first.address.port !== second.address.port || first.address.port === 0) return false;
  const hosts = [first.address.host, second.address.host];
  // Node's :: takes IPv4 as well.
  return a === b || hosts.includes("::") || (hosts.includes("0.0.0.0") && !hosts.some((host) => host.includes(":")));
}

function adminProblems({ admin }: Pick<Configuration, "admin">): readonly Problem[] {
  const problem = adminProblem(admin);
  return problem === undefined ? [] : [valueProblem(["admin", "listen"], problem)];
}

/** Whoever reaches the admin listener can turn traffic away, so what others can reach needs a token. */
export function adminProblem({ listen, token }: Configuration["admin"]): string | undefined {
  if (token !== undefined) return undefined;
  const open = listen.find(({ address: text }) => {
    const parsed = parseAddress(text);
    return parsed.ok && parsed.address.kind === "tcp" && !isLoopback(parsed.address.host);
  });
  if (open === undefined) return undefined;
  return `others can reach ${open.address}, and there is no admin.token: set one, or listen on 127.0.0.1 or a Unix socket`;
}

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
    ...addressProblems(configuration),
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

function addressProblems(configuration: Pick<Configuration, "grpc" | "http" | "admin">): readonly Problem[] {
  const takenBy = new Map<string, string>();
  return (["grpc", "http", "admin"] as const).flatMap((section) =>
    configuration[section].listen.flatMap(({ address }) => {
      const other = takenBy.get(address);
      takenBy.set(address, section);
      if (other === undefined || address.endsWith(":0")) return [];
      return [valueProblem([section, "listen"], `${address} is taken by ${other}.listen already`)];
    }),
  );
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

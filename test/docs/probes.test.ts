import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Probe {
  readonly service: string;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

const { probes }: { readonly probes: Readonly<Record<string, Probe>> } = parse(
  read("deploy/helm/gpu-health/values.yaml"),
);

/** The cells of the row of docs/probes.md that begins with `name`: service, period, timeout, failures. */
function rowOf(name: string): readonly (string | undefined)[] {
  const row = read("docs/probes.md")
    .split("\n")
    .find((line) => line.startsWith(`| ${name} |`));
  return (
    row
      ?.split("|")
      .map((cell) => cell.trim().replaceAll("`", ""))
      .slice(2, 6) ?? []
  );
}

it.each([
  ["startup", "startup"],
  ["liveness", "liveness"],
  ["readiness", "readiness"],
  ["the workload's startup", "workloadStartup"],
])("docs/probes.md has the chart's numbers for %s", (name, key) => {
  const { service = "", periodSeconds, timeoutSeconds, failureThreshold } = probes[key] ?? {};
  // Without a service the chart takes `readiness` for a sidecar, and for a DaemonSet what the page says below the table.
  expect(rowOf(name)).toEqual([
    service || "readiness",
    ...[periodSeconds, timeoutSeconds, failureThreshold].map(String),
  ]);
});

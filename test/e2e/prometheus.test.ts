import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { inRepository } from "./support/paths.js";
import { run } from "./support/processes.js";
import { temporaryFile } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

const deployed = (name: string): string => inRepository(`deploy/prometheus/${name}`);

async function promtool(...args: readonly string[]): Promise<void> {
  const outcome = await run(toolPath("promtool"), args);
  expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
}

describeWith(["promtool"], "promtool", () => {
  it("takes the scrape configuration with its rules", async () => {
    await promtool("check", "config", deployed("prometheus.yml"));
  });

  it("takes the scrape configuration for Pods, but for how they are found, which Debian's Prometheus leaves out", async () => {
    const { scrape_configs } = parse(readFileSync(deployed("scrape-kubernetes.yml"), "utf8"));
    const { kubernetes_sd_configs, ...job } = scrape_configs[0];
    expect(kubernetes_sd_configs).toHaveLength(1);
    await promtool("check", "config", temporaryFile("prometheus.yml", JSON.stringify({ scrape_configs: [job] })));
  });

  it("finds that each alert fires when it should, with its text, and no other one beside it", async () => {
    await promtool("test", "rules", inRepository("test/e2e/prometheus/alert-rules.test.yml"));
  });
});

describeWith(["amtool"], "amtool", () => {
  it("takes the example for Alertmanager", async () => {
    const outcome = await run(toolPath("amtool"), ["check-config", deployed("alertmanager.yml")]);
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
  });
});

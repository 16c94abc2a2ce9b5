import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { freePort } from "./free-port.js";
import { get } from "./http.js";
import { inRepository } from "./paths.js";
import { type RunningProcess, start } from "./processes.js";
import { temporaryFile, temporaryFolder } from "./program.js";
import { toolPath } from "./tools.js";

/** What Prometheus scrapes as one `instance`. */
export interface Target {
  readonly instance: string;
  /** `HOST:PORT`. */
  readonly address: string;
  /** As if its simulated GPUs were real, so that alerts and recording rules count them. */
  readonly isShownAsReal?: boolean;
}

const vector = z.object({
  data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) }).loose()) }),
});
const alerts = z.object({
  data: z.object({ alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })) }),
});

/** A real Prometheus that scrapes every half second, by the rules of deploy/prometheus. */
export class Prometheus {
  private constructor(
    readonly process: RunningProcess,
    readonly address: string,
  ) {}

  /** Its address is known before it starts, so that a server can have it as a dependency. */
  static async start(address: string, targets: readonly Target[]): Promise<Prometheus> {
    const config = temporaryFile("prometheus.yml", JSON.stringify(configuration(targets)));
    const process = start(toolPath("prometheus"), [
      ...[`--config.file=${config}`, `--web.listen-address=${address}`],
      ...[`--storage.tsdb.path=${temporaryFolder("prometheus")}`, "--log.level=warn"],
    ]);
    await process.until(async () => {
      const answer = await get(address, "/-/ready").catch(() => undefined);
      return answer?.status === 200 || undefined;
    });
    return new Prometheus(process, address);
  }

  /** The labels of every series that the expression gives now. Throws where it is no valid one. */
  async query(expr: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const { status, text } = await get(this.address, `/api/v1/query?query=${encodeURIComponent(expr)}`);
    if (status !== 200) throw new Error(`${expr}: ${text}`);
    return vector.parse(JSON.parse(text)).data.result.map(({ metric }) => metric);
  }

  /** The labels of every alert that is pending or fires. */
  async alerts(): Promise<readonly Readonly<Record<string, string>>[]> {
    const { text } = await get(this.address, "/api/v1/alerts");
    return alerts.parse(JSON.parse(text)).data.alerts.map(({ labels }) => labels);
  }
}

export const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`;

const deployed = z
  .object({ rule_files: z.array(z.string()), scrape_configs: z.array(z.object({ job_name: z.string() }).loose()) })
  .loose();

/** The one of deploy/prometheus, with other targets and intervals, and nobody to tell. */
function configuration(targets: readonly Target[]): object {
  const folder = inRepository("deploy/prometheus");
  const { rule_files, scrape_configs } = deployed.parse(parse(readFileSync(`${folder}/prometheus.yml`, "utf8")));
  const [job] = scrape_configs;
  if (job === undefined) throw new Error("deploy/prometheus/prometheus.yml has no job");
  const { file_sd_configs: _, scrape_timeout: __, ...rest } = job;
  return {
    global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
    rule_files: rule_files.map((each) => `${folder}/${each}`),
    scrape_configs: targets.map(({ instance, address, isShownAsReal = false }) => ({
      ...rest,
      job_name: instance,
      static_configs: [{ targets: [address], labels: { instance, job: job.job_name } }],
      ...(isShownAsReal ? { metric_relabel_configs: [shownAsReal] } : {}),
    })),
  };
}

const shownAsReal = { source_labels: ["simulated"], regex: "true", target_label: "simulated", replacement: "false" };

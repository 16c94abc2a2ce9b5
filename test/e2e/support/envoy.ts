import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { get } from "./http.js";
import { inRepository } from "./paths.js";
import { type RunningProcess, start } from "./processes.js";
import { temporaryFile } from "./program.js";
import { toolPath } from "./tools.js";

/** An endpoint that Envoy may send traffic to, and the gpu-health port that says whether it should. */
export interface Endpoint {
  readonly trafficPort: number;
  readonly healthPort: number;
}

export interface EnvoyOptions {
  /** A file of deploy/envoy, which is run as it is but for addresses. */
  readonly file: "http.yaml" | "grpc.yaml" | "http-mtls.yaml" | "grpc-mtls.yaml";
  readonly endpoints: readonly Endpoint[];
  /** What stands for paths of the file. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Instead of the file's interval of health checks, where that is not what is tested: `0.1s`. */
  readonly healthInterval?: string;
  /** Instead of the file's component. */
  readonly component?: string;
}

/** Envoy in front of some endpoints, with active health checks. */
export class Envoy {
  constructor(
    readonly process: RunningProcess,
    private readonly admin: string,
    private readonly listener: string,
  ) {}

  /** Sends one request through Envoy and gives the answer's text, which names the backend. */
  async send(): Promise<string> {
    const { status, text } = await get(this.listener, "/");
    return status === 200 ? text : `HTTP ${status}`;
  }

  /** Envoy's health flags of the endpoint: `healthy`, `/failed_active_hc`, `/degraded_active_hc`… */
  async healthFlags({ trafficPort }: Endpoint): Promise<string> {
    const { text } = await get(this.admin, "/clusters");
    const line = text.split("\n").find((each) => each.includes(`127.0.0.1:${trafficPort}::health_flags::`));
    if (line === undefined) throw new Error(`Envoy does not know the endpoint ${trafficPort}:\n${text}`);
    return line.slice(line.indexOf("health_flags::") + "health_flags::".length);
  }

  /** One of Envoy's counters, by its full name. */
  async counter(name: string): Promise<number> {
    const { text } = await get(this.admin, `/stats?filter=^${name}$`);
    return Number(text.slice(text.indexOf(":") + 1));
  }
}

/** Starts Envoy on free ports. Health checks go to each endpoint's health port. */
export async function startEnvoy(options: EnvoyOptions): Promise<Envoy> {
  const adminAddressPath = temporaryFile("admin-address");
  const config = temporaryFile("envoy.json", JSON.stringify(bootstrap(options)));
  const process = start(toolPath("envoy"), [
    ...["--config-path", config, "--admin-address-path", adminAddressPath],
    ...["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"],
  ]);
  const admin = await process.until(() => addressIn(adminAddressPath));
  const port = await process.until(async () => {
    const { text } = await get(admin, "/listeners?format=json");
    return /"port_value":\s*(\d+)/.exec(text)?.[1];
  });
  return new Envoy(process, admin, `127.0.0.1:${port}`);
}

/** Envoy writes the file once it listens; undefined until then. */
const addressIn = (path: string): string | undefined => (existsSync(path) && readFileSync(path, "utf8")) || undefined;

/** A file of deploy/envoy with other paths in it. */
export function deployedEnvoyFile(name: string, paths: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(inRepository(`deploy/envoy/${name}`), "utf8");
  return Object.entries(paths).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}

const healthCheck = z
  .object({ interval: z.string(), grpc_health_check: z.object({ service_name: z.string() }).optional() })
  .loose();
const deployed = z
  .object({
    static_resources: z
      .object({
        listeners: z.tuple([z.object({ name: z.string() }).loose()]),
        clusters: z.tuple([
          z
            .object({
              health_checks: z.tuple([healthCheck]),
              load_assignment: z
                .object({ endpoints: z.tuple([z.object({ lb_endpoints: z.array(z.unknown()) })]) })
                .loose(),
            })
            .loose(),
        ]),
      })
      .loose(),
  })
  .loose();

const freePort = { socket_address: { address: "127.0.0.1", port_value: 0 } };

function bootstrap({ file, endpoints, paths, healthInterval, component }: EnvoyOptions): object {
  const { static_resources, ...rest } = deployed.parse(parse(deployedEnvoyFile(file, paths)));
  const [listener] = static_resources.listeners;
  const [cluster] = static_resources.clusters;
  const [check] = cluster.health_checks;
  return {
    ...rest,
    admin: { address: freePort },
    static_resources: {
      listeners: [{ ...listener, address: freePort }],
      clusters: [
        {
          ...cluster,
          health_checks: [
            {
              ...check,
              ...(healthInterval === undefined
                ? {}
                : { interval: healthInterval, no_traffic_interval: healthInterval }),
              ...(component === undefined ? {} : { grpc_health_check: { service_name: component } }),
            },
          ],
          load_assignment: { ...cluster.load_assignment, endpoints: [{ lb_endpoints: endpoints.map(lbEndpoint) }] },
        },
      ],
    },
  };
}

const lbEndpoint = ({ trafficPort, healthPort }: Endpoint): object => ({
  endpoint: {
    address: { socket_address: { address: "127.0.0.1", port_value: trafficPort } },
    health_check_config: { port_value: healthPort },
  },
});

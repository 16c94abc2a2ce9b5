import { existsSync, readFileSync } from "node:fs";
import { get } from "./http.js";
import { type RunningProcess, start } from "./processes.js";
import { temporaryFile } from "./program.js";
import { toolPath } from "./tools.js";

/** An endpoint that Envoy may send traffic to, and the gpu-health port that says whether it should. */
export interface Endpoint {
  readonly trafficPort: number;
  readonly healthPort: number;
}

/** Envoy's `health_checks` entry beside the timing, which is the same for all. */
export type HealthChecker = Readonly<Record<string, unknown>>;

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
}

/** Starts Envoy on free ports. Health checks go to each endpoint's health port. */
export async function startEnvoy(endpoints: readonly Endpoint[], checker: HealthChecker): Promise<Envoy> {
  const adminAddressPath = temporaryFile("admin-address");
  const config = temporaryFile("envoy.json", JSON.stringify(bootstrap(endpoints, checker)));
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

const freePort = { socket_address: { address: "127.0.0.1", port_value: 0 } };

function bootstrap(endpoints: readonly Endpoint[], checker: HealthChecker): object {
  return {
    admin: { address: freePort },
    static_resources: { listeners: [httpListener], clusters: [cluster(endpoints, checker)] },
  };
}

const httpListener = {
  name: "traffic",
  address: freePort,
  filter_chains: [
    {
      filters: [
        {
          name: "envoy.filters.network.http_connection_manager",
          typed_config: {
            "@type":
              "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            stat_prefix: "traffic",
            route_config: {
              virtual_hosts: [
                {
                  name: "all",
                  domains: ["*"],
                  routes: [{ match: { prefix: "/" }, route: { cluster: "gpu_service" } }],
                },
              ],
            },
            http_filters: [
              {
                name: "envoy.filters.http.router",
                typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
              },
            ],
          },
        },
      ],
    },
  ],
};

function cluster(endpoints: readonly Endpoint[], checker: HealthChecker): object {
  return {
    name: "gpu_service",
    type: "STATIC",
    connect_timeout: "5s",
    // The services speak HTTP/2, as gRPC services do: the gRPC health checker demands it of the whole cluster.
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    // With the usual 50 % Envoy would send traffic to every endpoint as soon as most of them are unhealthy.
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
    health_checks: [
      {
        timeout: "5s",
        interval: "0.1s",
        no_traffic_interval: "0.1s",
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        ...checker,
      },
    ],
    load_assignment: {
      cluster_name: "gpu_service",
      endpoints: [{ lb_endpoints: endpoints.map(lbEndpoint) }],
    },
  };
}

const lbEndpoint = ({ trafficPort, healthPort }: Endpoint): object => ({
  endpoint: {
    address: { socket_address: { address: "127.0.0.1", port_value: trafficPort } },
    health_check_config: { port_value: healthPort },
  },
});

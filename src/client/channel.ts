import {
  type ChannelCredentials,
  type ChannelOptions,
  compressionAlgorithms,
  credentials,
  makeClientConstructor,
} from "@grpc/grpc-js";
import type { RetryDelays } from "../core/retry.js";
import type { HealthClient as HealthStub } from "../proto/generated/grpc/health/v1/Health.js";
import { healthService } from "../proto/health.js";
import type { Target } from "./target.js";

/** TLS of a client. Every file's content is PEM. */
export interface ClientTls {
  /** Certificates to trust; without them the system's. */
  readonly ca?: string | Buffer | undefined;
  /** The client's own certificate, with `key`, where the server asks for one. */
  readonly cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  readonly key?: string | Buffer | undefined;
  /** The host name that the server's certificate carries, where it is not the address's. */
  readonly serverName?: string | undefined;
  /** False takes any certificate, which is insecure: whoever is on the way can answer. */
  readonly verify?: boolean | undefined;
}

export interface ChannelSettings {
  readonly tls: ClientTls | undefined;
  readonly userAgent: string | undefined;
  readonly gzip: boolean;
  readonly reconnect: RetryDelays;
  readonly keepaliveMs: number;
}

export type { HealthStub };

type HealthStubConstructor = new (uri: string, credentials: ChannelCredentials, options: ChannelOptions) => HealthStub;

const Stub = makeClientConstructor(healthService, "grpc.health.v1.Health") as unknown as HealthStubConstructor;

/** A channel that connects at its first call. Throws a TypeError where the parts of `tls` do not fit together. */
export function openChannel(target: Target, settings: ChannelSettings): HealthStub {
  return new Stub(target.uri, channelCredentials(settings.tls), channelOptions(settings));
}

function channelCredentials(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  try {
    return credentials.createSsl(bytesOf(tls.ca), bytesOf(tls.key), bytesOf(tls.cert), {
      rejectUnauthorized: tls.verify ?? true,
    });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new TypeError(`the certificates and the key do not fit together: ${what}`, { cause: error });
  }
}

const bytesOf = (pem: string | Buffer | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));

/** How long a server may take to answer a ping of keepalive. */
const keepaliveTimeoutMs = 20_000;

function channelOptions({ userAgent, gzip, tls, reconnect, keepaliveMs }: ChannelSettings): ChannelOptions {
  return {
    // Whoever asks for a server's health asks the server itself: a proxy's answer would say nothing about it.
    "grpc.enable_http_proxy": 0,
    // No TXT record lookup before the first call.
    "grpc.service_config_disable_resolution": 1,
    // Another client's failed tries must not make this one wait.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": reconnect.firstMs,
    "grpc.max_reconnect_backoff_ms": reconnect.longestMs,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    ...(userAgent === undefined ? {} : { "grpc.primary_user_agent": userAgent }),
    ...(gzip ? { "grpc.default_compression_algorithm": compressionAlgorithms.gzip } : {}),
    ...(tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName }),
  };
}

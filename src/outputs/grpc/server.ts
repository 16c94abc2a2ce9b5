import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { Clock } from "../../core/clock.js";
import type { ConnectionLimits, ListenOptions } from "../../core/listen-options.js";
import type { ListenerState, OnListenerEvent } from "../../core/listener-state.js";
import { ConnectionCount } from "../../net/connection-count.js";
import { healthService } from "../../proto/health.js";
import type { HealthMethods } from "./health-methods.js";
import { type Listener, listenOnAll } from "./listener.js";
import type { LoadReportStreams } from "./load-report-streams.js";
import { addReflection } from "./reflection.js";

export interface GrpcServerOptions extends ConnectionLimits {
  readonly methods: HealthMethods;
  readonly listen: readonly ListenOptions[];
  readonly onListenerEvent: OnListenerEvent;
  /** A ping after `intervalMs`; a connection that does not answer it in `timeoutMs` is closed with its streams. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Served beside health; undefined: there are none. */
  readonly loadReports?: LoadReportStreams | undefined;
  readonly clock: Clock;
}

/** `grpc.health.v1.Health` and server reflection, for everything in a registry. */
export interface GrpcServer {
  /**
   * Listens on every address or on none. Gives the bound addresses, in the configured order. Rejects with a
   * ListenError or a TlsFilesError.
   */
  start(): Promise<readonly string[]>;
  /** Of every listener that is open. */
  listenerStates(): readonly ListenerState[];
  /**
   * Accepts no more, ends the streams and lets the calls in flight finish; after a second, or after `deadlineMs` where
   * that is sooner, it breaks off the connections that are left. Resolves once all are closed.
   */
  stop(deadlineMs: number): Promise<void>;
}

/**
 * A request is a name, of maxComponentNameBytes at most; longer ones still get an answer that says what is wrong. grpc-js
 * keeps the bytes of the last message for as long as its stream is open, so this bounds what a Watch can hold.
 */
const maxReceivedMessageBytes = 16 * 1024;

/**
 * Streams that one connection may hold open, so that none can take all memory by opening streams and sending nothing on
 * them. A client that reaches it queues its next call, Checks too, so it is far above what one client watches.
 */
const maxStreamsPerConnection = 2048;

/**
 * Every call is answered at once, so what is still open after this long belongs to a client that does not close it: one
 * that is gone without a word, or never spoke HTTP/2.
 */
const closeGraceMs = 1000;

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxReceivedMessageBytes,
    "grpc.max_concurrent_streams": maxStreamsPerConnection,
    "grpc.keepalive_time_ms": options.keepalive.intervalMs,
    "grpc.keepalive_timeout_ms": options.keepalive.timeoutMs,
    interceptors: [options.methods.interceptor],
  });
  // No handlers: the interceptor answers before grpc-js would call them.
  server.addService(healthService, {});
  addReflection(server, () => (options.loadReports === undefined ? ["health"] : ["health", "loadReports"]));
  options.loadReports?.addTo(server);
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  let listeners: readonly Listener[] = [];

  return {
    async start() {
      listeners = await listenOnAll(options.listen, {
        server: "grpc",
        count: new ConnectionCount(options),
        protocol: "h2",
        clock: options.clock,
        onEvent: options.onListenerEvent,
        serve: (socket) => connections.injectConnection(socket),
      });
      return listeners.map((listener) => listener.boundAddress);
    },

    listenerStates: () => listeners.map((listener) => listener.state()),

    async stop(deadlineMs) {
      options.methods.endStreams();
      options.loadReports?.end();
      const cancelDeadline = options.clock.schedule(Math.min(closeGraceMs, deadlineMs), () => {
        for (const listener of listeners) listener.breakOff();
      });
      const closed = Promise.all(listeners.map((listener) => listener.close()));
      await new Promise<unknown>((resolve) => server.tryShutdown(resolve));
      await closed;
      cancelDeadline();
    },
  };
}

import { Server, ServerCredentials, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import type { Clock } from "../../core/clock.js";
import type { ConnectionLimits, ListenOptions } from "../../core/listen-options.js";
import type { ListenerState, OnListenerEvent } from "../../core/listener-state.js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import type { Registry } from "../../core/registry.js";
import { ConnectionCount } from "../../net/connection-count.js";
import { healthService } from "../../proto/health.js";
import { checkMethod } from "./check.js";
import { listMethod } from "./list.js";
import { type Listener, listenOnAll } from "./listener.js";
import { addReflection } from "./reflection.js";
import { UnaryCall } from "./unary.js";
import { WatchCall, WatchStreams } from "./watch.js";

export interface GrpcServerOptions extends ConnectionLimits {
  readonly registry: Registry;
  readonly probeCounts: ProbeCounts;
  readonly listen: readonly ListenOptions[];
  readonly onListenerEvent: OnListenerEvent;
  /** Open Watch streams at most; one more is answered RESOURCE_EXHAUSTED. */
  readonly maxWatchers: number;
  /** A ping after `intervalMs`; a connection that does not answer it in `timeoutMs` is closed with its streams. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number };
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
  /** Tells every watcher the newest status, then ends its stream with UNAVAILABLE; new Watches get that at once. */
  endStreams(): void;
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
  const streams = new WatchStreams(options.registry, options.probeCounts, options.maxWatchers);
  const server = new Server({
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": maxReceivedMessageBytes,
    "grpc.max_concurrent_streams": maxStreamsPerConnection,
    "grpc.keepalive_time_ms": options.keepalive.intervalMs,
    "grpc.keepalive_timeout_ms": options.keepalive.timeoutMs,
    interceptors: [answerHealth(options, streams)],
  });
  // No handlers: the interceptor answers before grpc-js would call them.
  server.addService(healthService, {});
  addReflection(server);
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

    endStreams() {
      streams.end();
    },

    async stop(deadlineMs) {
      streams.end();
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

function answerHealth({ registry, probeCounts }: GrpcServerOptions, streams: WatchStreams): ServerInterceptor {
  const check = checkMethod(registry, probeCounts);
  const list = listMethod(registry, probeCounts);
  return (method, call) => {
    switch (method.path) {
      case healthService.Check.path:
        return new UnaryCall(call, check);
      case healthService.Watch.path:
        return new WatchCall(call, streams);
      case healthService.List.path:
        return new UnaryCall(call, list);
      default:
        return new ServerInterceptingCall(call);
    }
  };
}

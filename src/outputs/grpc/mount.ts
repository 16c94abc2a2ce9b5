import type { handleBidiStreamingCall, handleUnaryCall, ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import type { HealthCheckRequest__Output } from "../../proto/generated/grpc/health/v1/HealthCheckRequest.js";
import type { HealthListRequest__Output } from "../../proto/generated/grpc/health/v1/HealthListRequest.js";
import { healthService, type ListResponse, type StatusResponse } from "../../proto/health.js";
import type { HealthMethods } from "./health-methods.js";
import { onOneRequest } from "./one-request.js";
import type { Answer } from "./unary.js";
import { type Refusal, WatchStream, type WatchStreams } from "./watch.js";

/**
 * What is needed of a server of `@grpc/grpc-js`. No more than that, so that one of another copy of that package does too:
 * its classes have private members, by which TypeScript tells the copies apart.
 */
export interface ServiceHost {
  addService(service: ServiceDefinition, implementation: Readonly<Record<string, unknown>>): void;
}

/** Puts the health service on a server that somebody else made. */
export function addHealthService(server: ServiceHost, methods: HealthMethods): void {
  const check: handleUnaryCall<HealthCheckRequest__Output, StatusResponse> = ({ request }, callback) =>
    answerUnary(methods.check(request), callback);
  const list: handleUnaryCall<HealthListRequest__Output, ListResponse> = (_call, callback) =>
    answerUnary(methods.list(), callback);
  const service = { ...healthService, Watch: { ...healthService.Watch, requestStream: true } };
  server.addService(service, { Check: check, List: list, Watch: watchHandler(methods) });
}

function answerUnary<Response extends object>(
  answer: Answer<Response>,
  callback: Parameters<handleUnaryCall<unknown, Response>>[1],
): void {
  if ("code" in answer) callback(answer);
  else callback(null, answer.message);
}

function watchHandler({ streams }: HealthMethods): handleBidiStreamingCall<HealthCheckRequest__Output, StatusResponse> {
  return (duplex) => {
    const stream = new HandlerStream(streams, duplex);
    duplex.on("cancelled", () => stream.release());
    onOneRequest(duplex, ({ service }) => stream.start(service));
  };
}

/** A Watch on the stream that grpc-js makes for a handler. */
class HandlerStream extends WatchStream {
  constructor(
    streams: WatchStreams,
    private readonly duplex: ServerDuplexStream<HealthCheckRequest__Output, StatusResponse>,
  ) {
    super(streams);
  }

  protected override write(message: StatusResponse, written: () => void): void {
    this.duplex.write(message, written);
  }

  protected override finish(refusal: Refusal): void {
    this.duplex.emit("error", refusal);
  }
}

import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerInterceptingCallInterface,
  ServiceDefinition,
} from "@grpc/grpc-js";
import type { HealthCheckRequest__Output } from "../../proto/generated/grpc/health/v1/HealthCheckRequest.js";
import type { HealthListRequest__Output } from "../../proto/generated/grpc/health/v1/HealthListRequest.js";
import { healthService, type ListResponse, type StatusResponse } from "../../proto/health.js";
import type { HealthMethods } from "./health-methods.js";
import type { Answer } from "./unary.js";
import { WatchCall } from "./watch.js";

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
  server.addService(healthService, { Check: check, List: list, Watch: watchHandler(methods) });
}

function answerUnary<Response extends object>(
  answer: Answer<Response>,
  callback: Parameters<handleUnaryCall<unknown, Response>>[1],
): void {
  if ("code" in answer) callback(answer);
  else callback(null, answer.message);
}

/** The same stream as in the interceptor, on the writable stream that grpc-js makes for a handler. */
function watchHandler({
  streams,
}: HealthMethods): handleServerStreamingCall<HealthCheckRequest__Output, StatusResponse> {
  return (stream) => {
    const call: Pick<ServerInterceptingCallInterface, "sendMessage" | "sendStatus" | "startRead"> = {
      sendMessage: (message: StatusResponse, sent) => stream.write(message, sent),
      sendStatus: (status) => stream.emit("error", status),
      startRead: () => {},
    };
    const watch = new WatchCall(call as ServerInterceptingCallInterface, streams);
    stream.on("cancelled", () => watch.onCancel());
    watch.onReceiveMessage(stream.request);
    watch.onReceiveHalfClose();
  };
}

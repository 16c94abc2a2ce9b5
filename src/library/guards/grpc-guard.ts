import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { statusDetails } from "../../outputs/grpc/status-details.js";
import type { Health } from "../health.js";
import { admissionTo, degradedHeader, type GuardOptions, retryAfter } from "./admission.js";

/** Services by which a server is asked how it is, and what it has. */
const alwaysServed = ["/grpc.health.v1.Health/", "/grpc.reflection.", "/xds.service.orca.v3.OpenRcaService/"] as const;

export const isAlwaysServed = (path: string): boolean => alwaysServed.some((service) => path.startsWith(service));

/**
 * Answers UNAVAILABLE with the reason and `retry-after` while a component is unhealthy, unknown or drained. Lets calls
 * through while it is healthy, and while it is degraded with `x-gpu-health` in the metadata. Health, reflection and load
 * reports always pass; calls that were let in are not ended.
 *
 * ```ts
 * new Server({ interceptors: [health.interceptor, grpcGuard(health)] });
 * ```
 */
export function grpcGuard(health: Pick<Health, "get">, options: GuardOptions = {}): ServerInterceptor {
  const { component = "readiness" } = options;
  const admission = admissionTo(health, component);
  const retryIn = retryAfter(options);
  return ({ path }, given) => {
    // What grpc-js's type asks for is a class, what it uses is the interface.
    const call = given as ServerInterceptingCall;
    const now = admission();
    if (now.kind === "pass" || isAlwaysServed(path)) return call;
    switch (now.kind) {
      case "pass_degraded":
        return new ServerInterceptingCall(call, {
          sendMetadata: (metadata, next) => {
            const marked = metadata.clone();
            marked.set(degradedHeader, now.note);
            next(marked);
          },
        });
      case "refuse": {
        const details = `${component} does not serve: ${now.reason}: ${now.message}`;
        return new RefusedCall(call, statusDetails(details), retryIn);
      }
    }
  };
}

/** A call that no handler hears of. */
class RefusedCall extends ServerInterceptingCall {
  constructor(
    private readonly call: ServerInterceptingCallInterface,
    private readonly details: string,
    private readonly retryIn: string,
  ) {
    super(call);
  }

  override start(): void {
    const nothing = (): void => {};
    this.call.start({
      onReceiveMetadata: () => {
        const metadata = new Metadata();
        metadata.set("retry-after", this.retryIn);
        this.call.sendStatus({ code: status.UNAVAILABLE, details: this.details, metadata });
      },
      onReceiveMessage: nothing,
      onReceiveHalfClose: nothing,
      onCancel: nothing,
    });
  }
}

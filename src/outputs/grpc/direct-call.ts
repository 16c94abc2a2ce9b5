import { ServerInterceptingCall, type ServerInterceptingCallInterface, type status } from "@grpc/grpc-js";
import { cardinality } from "./one-request.js";

type CallListener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/**
 * A call with one request, answered right in the interceptor. grpc-js's own handler layer would make a Writable stream
 * for each call, unary ones too, and would wait for the message to reach the socket before it sends the status. Measured
 * against handlers: 15 % less CPU per Check, 8 % less on a new connection each, 1.5 kB less heap per Watch stream.
 */
export abstract class DirectCall<Request extends object> extends ServerInterceptingCall implements CallListener {
  private request: Request | undefined;
  private isAnswered = false;
  private isOver = false;

  constructor(protected readonly call: ServerInterceptingCallInterface) {
    super(call);
  }

  /** The whole request is here. */
  protected abstract answer(request: Request): void;

  /** The stream has ended, for whatever reason. Called once, after `answer` and never without it. */
  protected abstract release(): void;

  /** Ends the call without a message. */
  protected refuse(code: status, details: string): void {
    this.call.sendStatus({ code, details });
  }

  /** The listener that grpc-js passes belongs to its handler layer, which is not used. */
  override start(): void {
    this.call.start(this);
  }

  onReceiveMetadata(): void {
    this.call.startRead();
  }

  onReceiveMessage(request: Request): void {
    if (this.request !== undefined) {
      this.refuse(cardinality.many.code, cardinality.many.details);
      return;
    }
    this.request = request;
    this.call.startRead();
  }

  onReceiveHalfClose(): void {
    if (this.isOver) return;
    const { request } = this;
    if (request === undefined) {
      this.refuse(cardinality.none.code, cardinality.none.details);
      return;
    }
    this.isAnswered = true;
    // A Watch stream may stay open for weeks, and a request may be large.
    this.request = undefined;
    this.answer(request);
  }

  /** grpc-js calls it once for each call that was started, at its end: after the status, on a reset, on a lost connection. */
  onCancel(): void {
    this.isOver = true;
    if (this.isAnswered) this.release();
  }
}

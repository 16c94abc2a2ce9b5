import { type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { DirectCall } from "./direct-call.js";

/** What a unary method says: a message, or the status that stands in for it. */
export type Answer<Response extends object> =
  | { readonly message: Response }
  | { readonly code: status; readonly details: string };

const ok = { code: status.OK, details: "OK" } as const;
const nothingToDo = (): void => {};

/** One call of a unary method. */
export class UnaryCall<Request extends object, Response extends object> extends DirectCall<Request> {
  constructor(
    call: ServerInterceptingCallInterface,
    private readonly method: (request: Request) => Answer<Response>,
  ) {
    super(call);
  }

  protected override answer(request: Request): void {
    const answer = this.method(request);
    if ("code" in answer) {
      this.refuse(answer.code, answer.details);
      return;
    }
    // Not waiting for the message's callback lets HTTP/2 put message and status into one write to the socket.
    this.call.sendMessage(answer.message, nothingToDo);
    this.call.sendStatus(ok);
  }

  protected override release(): void {}
}

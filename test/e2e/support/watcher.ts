import type { ClientHttp2Stream } from "node:http2";
import { connectRaw, frame, healthCheckRequest, type RawReply, reply, statusesIn } from "./raw-grpc.js";

/** A Watch stream on a connection of its own, which keeps what it was told. */
export class Watcher {
  /** How the stream ended. */
  readonly end: Promise<RawReply>;
  private readonly stream: ClientHttp2Stream;
  private readonly received: Buffer[] = [];

  constructor(address: string, service: string) {
    this.stream = connectRaw(address).open("Watch");
    this.stream.on("data", (bytes: Buffer) => this.received.push(bytes));
    this.end = reply(this.stream);
    this.stream.end(frame(healthCheckRequest(service)));
  }

  /** Every `HealthCheckResponse.ServingStatus` so far, in order. */
  get statuses(): readonly number[] {
    return statusesIn(Buffer.concat(this.received));
  }

  cancel(): void {
    this.stream.close();
  }
}

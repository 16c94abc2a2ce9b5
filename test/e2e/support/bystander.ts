import {
  connectRaw,
  frame,
  healthCheckRequest,
  type RawGrpcClient,
  reply,
  servingStatus,
  statusesIn,
} from "./raw-grpc.js";

/**
 * A client that does nothing wrong, while others do: it checks all the time on one connection and watches on it as
 * well. Whatever is not an answer of SERVING is a complaint.
 */
export class Bystander {
  readonly complaints: string[] = [];
  answered = 0;
  private readonly client: RawGrpcClient;
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor(address: string, service: string) {
    this.client = connectRaw(address);
    this.client.session.on("close", () => this.complain("the connection was closed"));
    const watch = this.client.open("Watch");
    watch.end(frame(healthCheckRequest(service)));
    void reply(watch).then((end) => this.complain(`the watch ended: ${JSON.stringify(end)}`));
    this.done = this.checkAgainAndAgain(service);
  }

  /** Ends it, and gives what it has to complain of. */
  async stop(): Promise<readonly string[]> {
    this.isStopped = true;
    await this.done;
    this.client.session.destroy();
    return this.complaints;
  }

  private async checkAgainAndAgain(service: string): Promise<void> {
    while (!this.isStopped) {
      const { grpcStatus, body } = await this.client.call("Check", frame(healthCheckRequest(service)));
      const isServing = grpcStatus === 0 && statusesIn(body)[0] === servingStatus.serving;
      if (isServing) this.answered += 1;
      else this.complain(`a check ended with gRPC status ${grpcStatus} and ${body.toString("hex")}`);
    }
  }

  private complain(complaint: string): void {
    if (!this.isStopped) this.complaints.push(complaint);
  }
}

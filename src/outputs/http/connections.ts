import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Requests that one connection may have in progress. No prober or scraper sends the next before the answer is there; one
 * packet has room for a thousand, and Node reads them all before it answers the first. 500 packets a second of 32 each
 * delayed other probes by more than a second (docs/reliability.md).
 */
const maxPipelinedRequests = 8;

/** The open connections of one HTTP server, each with the number of its requests in progress. */
export class Connections {
  private readonly inProgress = new Map<Socket, number>();
  private isClosing = false;

  add(socket: Socket): void {
    this.inProgress.set(socket, 0);
    socket.once("close", () => this.inProgress.delete(socket));
  }

  /** Whether to answer a request that has come in. Where it is one too many, its connection is cut off. */
  admit(socket: Socket, response: ServerResponse): boolean {
    const requests = (this.inProgress.get(socket) ?? 0) + 1;
    if (requests > maxPipelinedRequests) socket.destroy();
    if (socket.destroyed) return false;
    this.inProgress.set(socket, requests);
    response.once("close", () => this.release(socket));
    return true;
  }

  /**
   * Closes what has no request in progress, and the rest as soon as that changes. Unlike Node's `closeIdleConnections`
   * this includes connections that have sent nothing yet, or half a request: browsers and load balancers keep such ones.
   */
  closeWhenIdle(): void {
    this.isClosing = true;
    for (const [socket, requests] of this.inProgress) if (requests === 0) socket.destroy();
  }

  private release(socket: Socket): void {
    const requests = this.inProgress.get(socket);
    if (requests === undefined) return;
    this.inProgress.set(socket, requests - 1);
    if (this.isClosing && requests === 1) socket.destroy();
  }
}

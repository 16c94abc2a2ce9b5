import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "../../../support/certificates.js";

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The address that an agent knows as the API server: hands requests on, unless it is told to answer by itself. Where
 * what is behind it is down it ends the connection, as a load balancer does.
 */
export class ApiFront {
  /** Answers to the next requests, in place of the cluster's. */
  readonly disturbances: ApiReply[] = [];
  private readonly server;

  constructor(
    certificate: Certificate,
    private readonly handle: (request: ApiRequest) => Promise<ApiReply>,
  ) {
    const { cert, key } = certificate;
    this.server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      this.answer(request, response).catch(() => request.socket.destroy());
    });
  }

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = request;
    const body = Buffer.concat(chunks).toString();
    const reply = this.disturbances.shift() ?? (await this.handle({ method, path, headers, body }));
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(reply.body);
  }
}

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** An answer; a `body` that is no text goes out as JSON. `never`: the connection stays open without one. */
export type WireAnswer =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "never";

/** By `METHOD /path`. */
export type Routes = Readonly<Record<string, WireAnswer | ((request: SeenRequest) => WireAnswer)>>;

const servers = new Set<WireServer>();
afterEach(async () => {
  await Promise.all([...servers].map((server) => server.stop()));
  servers.clear();
});

/** An HTTP server that replays documented answers of servers that are too large to be run here. */
export class WireServer {
  readonly seen: SeenRequest[] = [];
  /** `http://127.0.0.1:PORT`, once it listens. */
  origin = "";
  private readonly server: Server;

  constructor(public routes: Routes) {
    servers.add(this);
    this.server = createServer(async (request, response) => {
      const seen = await see(request);
      this.seen.push(seen);
      const route = this.routes[`${seen.method} ${seen.path}`] ?? { status: 404, body: "404 page not found" };
      const answer = typeof route === "function" ? route(seen) : route;
      if (answer === "never") return;
      const { status = 200, body, headers = {} } = answer;
      const isText = typeof body === "string";
      const type = { "content-type": isText ? "text/plain" : "application/json" };
      response.writeHead(status, { ...type, ...headers });
      response.end(isText ? body : JSON.stringify(body));
    });
  }

  /** Listens, on a port of its own where none is given; gives the origin. */
  async listen(port = 0): Promise<string> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this.origin;
  }

  /** How often that was asked for. */
  count(route: string): number {
    return this.seen.filter(({ method, path }) => `${method} ${path}` === route).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

async function see(request: IncomingMessage): Promise<SeenRequest> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { method = "", url = "", headers } = request;
  return { method, path: url, headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll } from "vitest";

/** A TCP proxy that can stop forwarding while every connection stays open, as a dead peer or a cut cable does. */
export class FreezingProxy {
  private readonly sockets: Socket[] = [];
  private isFrozen = false;
  /** Fulfilled when the server closes a connection. */
  readonly closedByServer: Promise<void>;
  private serverClosed: () => void = () => {};

  constructor() {
    this.closedByServer = new Promise((resolve) => {
      this.serverClosed = resolve;
    });
    proxies.push(this);
  }

  /** Listens, and gives the address to connect to instead of `target`. */
  async listen(target: string): Promise<string> {
    const [host, port] = target.split(":");
    const server = createServer((client) => {
      const upstream = connect(Number(port), host);
      this.sockets.push(client, upstream);
      client.on("data", (bytes) => this.forward(bytes, upstream)).on("error", () => {});
      upstream.on("data", (bytes) => this.forward(bytes, client)).on("error", () => {});
      upstream.on("close", () => this.serverClosed());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  freeze(): void {
    this.isFrozen = true;
  }

  /** Forwards again what comes from now on. */
  thaw(): void {
    this.isFrozen = false;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private forward(bytes: Buffer, to: Socket): void {
    if (!this.isFrozen) to.write(bytes);
  }
}

const proxies: FreezingProxy[] = [];
afterAll(() => {
  for (const proxy of proxies) proxy.close();
});

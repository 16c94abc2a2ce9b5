import { createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterAll } from "vitest";

/** A server that a health client meets when things go wrong. Closed after the last test of the file. */
export interface FakeServer {
  /** `HOST:PORT`. */
  readonly address: string;
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function listen(server: Server): Promise<FakeServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}` };
}

/** Accepts connections and never says a word. */
export function silentServer(): Promise<FakeServer> {
  const server = createTcpServer((socket) => {
    // Read, so that it sees the other side leave.
    socket.on("error", () => {}).resume();
    closers.push(() => socket.destroy());
  });
  closers.push(() => server.close());
  return listen(server);
}

/** A port on which nobody listens. */
export async function refusingAddress(): Promise<FakeServer> {
  const server = createTcpServer();
  const fake = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return fake;
}

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Speaks HTTP/2, and answers each request as told. */
export function http2Server(answer: Answer): Promise<FakeServer> {
  const server = createHttp2Server();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answer(stream, headers);
  });
  server.on("session", (session) => {
    session.on("error", () => {});
    closers.push(() => session.destroy());
  });
  closers.push(() => server.close());
  return listen(server as unknown as Server);
}

/** Ends a call with a gRPC status and no message. */
export function endWith(grpcStatus: number): Answer {
  return (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": grpcStatus },
      { endStream: true },
    );
  };
}

/** A HealthCheckResponse in its gRPC frame: field 1, a varint. */
const healthCheckResponse = (status: number): Buffer => Buffer.from([0, 0, 0, 0, 2, 0x08, status]);

/** Answers every call with this `HealthCheckResponse.ServingStatus`. */
export function serve(status: number): Answer {
  return (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
    stream.end(healthCheckResponse(status));
  };
}

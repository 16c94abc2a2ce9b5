import { Client, credentials, type Server, ServerCredentials } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";

/** Starts a server of grpc-js on a free port and gives a client of it; both end with the test. */
export async function serveGrpc(server: Server): Promise<Client> {
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

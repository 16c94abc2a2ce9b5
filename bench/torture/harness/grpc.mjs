// gRPC's Check and Watch over Node's own HTTP/2, so that nothing is retried or hidden.

import { connect } from "node:http2";

const statusField = 0x08;
export const serving = 1;
export const notServing = 2;

/** A HealthCheckRequest in its gRPC frame; the name has up to 120 bytes. */
export function healthCheckRequest(service) {
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, name.length + 2, 0x0a, name.length]), name]);
}

/** The status in the last message of a body; undefined where there is none. */
export function lastStatus(body) {
  let status;
  for (let at = 0; at + 5 <= body.length; ) {
    const length = body.readUInt32BE(at + 1);
    if (at + 5 + length > body.length) break;
    status = length === 0 ? 0 : body[at + 5] === statusField ? body[at + 6] : undefined;
    at += 5 + length;
  }
  return status;
}

/** A connection; `settings` are HTTP/2's. Resolves once it is open, rejects where it is refused. */
export function openSession(address, settings = {}) {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`, { settings });
    session.once("error", reject);
    session.once("connect", () => {
      session.removeListener("error", reject);
      session.on("error", () => {});
      resolve(session);
    });
  });
}

export function openCall(session, method) {
  const stream = session.request({
    ":method": "POST",
    ":path": `/grpc.health.v1.Health/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  return stream;
}

/** One Check: the status of the answer. Rejects with what came instead. */
export function check(session, service, timeoutMs) {
  return new Promise((resolve, reject) => {
    const stream = openCall(session, "Check");
    const chunks = [];
    let grpcStatus;
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
      stream.close();
    }, timeoutMs);
    const noteStatus = (headers) => {
      grpcStatus = headers["grpc-status"] ?? grpcStatus;
    };
    stream.on("response", noteStatus).on("trailers", noteStatus);
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.once("close", () => {
      clearTimeout(timer);
      const status = lastStatus(Buffer.concat(chunks));
      if (grpcStatus === "0" && status !== undefined) resolve(status);
      else reject(new Error(`the call ended with gRPC status ${grpcStatus}, HTTP/2 code ${stream.rstCode}`));
    });
    stream.end(healthCheckRequest(service));
  });
}

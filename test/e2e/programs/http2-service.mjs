// A service that traffic goes to: HTTP/2 on 127.0.0.1, every request answered with the service's name after a moment. On
// SIGTERM it lets the requests in flight end, as a service should. Arguments: the port and the name.

import { createServer } from "node:http2";

const workMs = 20;
const [port, name] = process.argv.slice(2);
const sessions = new Set();

const server = createServer((_request, response) => setTimeout(() => response.end(name), workMs));
server.on("session", (session) => {
  sessions.add(session);
  session.once("close", () => sessions.delete(session));
});
server.listen(Number(port), "127.0.0.1", () => console.log("listens"));

process.once("SIGTERM", () => {
  server.close();
  for (const session of sessions) session.close();
});

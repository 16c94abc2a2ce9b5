// An HTTP server that does nothing but answer: what the same probes take on this machine while nothing is wrong with it.

import { createServer } from "node:http";

const server = createServer((_request, response) => response.end("ok"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
process.on("message", () => process.send({ answer: `127.0.0.1:${server.address().port}` }));
process.on("disconnect", () => process.exit());

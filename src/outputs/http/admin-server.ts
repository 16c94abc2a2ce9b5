import type { AdminOptions } from "./admin-app.js";
import { type AccessOptions, createListener, type Listener } from "./listener.js";
import { refuseWithoutToken } from "./token.js";

/** What changes the running server, on addresses of its own that clients of the service need not reach. */
export function createAdminServer(options: AdminOptions & AccessOptions): Listener {
  const { readToken, onError, onListenerEvent } = options;
  return createListener({
    ...options,
    server: "admin",
    async load() {
      const { createAdminApp } = await import("./admin-app.js");
      const app = createAdminApp(options);
      return async (request, peer) => {
        if (readToken === undefined) return app.fetch(request);
        const onRefused = (address: string): void =>
          onListenerEvent("admin", peer.listener, { kind: "unauthorized", peer: address });
        return (await refuseWithoutToken(request, peer, { readToken, onRefused, onError })) ?? app.fetch(request);
      };
    },
  });
}

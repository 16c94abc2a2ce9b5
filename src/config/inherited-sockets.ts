import type { ListenOptions } from "../core/listen-options.js";
import type { Configuration } from "./configuration.js";
import type { Overridden } from "./overrides.js";

/** A listening socket that was open when the process began. */
export interface InheritedSocket {
  readonly fileDescriptor: number;
  /** The section whose `listen` it takes the place of. */
  readonly name: "grpc" | "http" | "admin";
}

/**
 * The configuration in which sockets take the place of all addresses of their section. TLS and the allow list stay: those
 * of a single listener for each socket, those of several for as many sockets, in their order.
 */
export function withInheritedSockets(configuration: Configuration, sockets: readonly InheritedSocket[]): Overridden {
  const errors: string[] = [];
  const listen = (section: InheritedSocket["name"]): readonly ListenOptions[] => {
    const inherited = sockets.filter(({ name }) => name === section);
    const configured = configuration[section].listen;
    if (inherited.length === 0) return configured;
    const [first] = configured;
    const areAlike = configured.length === 1 || configured.every(({ tls, allow }) => !tls && !allow);
    if (!areAlike && configured.length !== inherited.length) {
      errors.push(
        `${section}.listen has ${configured.length} listeners with tls or allow, and systemd hands over ${inherited.length} sockets named ${section}: the numbers must be the same, and their order`,
      );
    }
    return inherited.map(({ fileDescriptor }, index) => ({
      ...(areAlike ? first : configured[index]),
      address: `/dev/fd/${fileDescriptor}`,
    }));
  };
  if (configuration.admin.token === undefined && sockets.some(({ name }) => name === "admin")) {
    errors.push(
      "systemd hands over a socket named admin, which others may reach, and there is no admin.token: set one, or leave the address to admin.listen",
    );
  }
  const { grpc, http, admin } = configuration;
  const replaced: Configuration = {
    ...configuration,
    grpc: { ...grpc, listen: listen("grpc") },
    http: { ...http, listen: listen("http") },
    admin: { ...admin, listen: listen("admin") },
  };
  return errors.length === 0 ? { ok: true, configuration: replaced } : { ok: false, errors };
}

import type { JSX } from "preact";
import { elapsed } from "../live/elapsed.js";
import type { LiveServer, LiveState } from "../live/state.js";

interface HeaderProps {
  readonly server: LiveServer | undefined;
  readonly isLive: boolean;
}

/** Whose page it is, and whether it moves. */
export function Header({ server, isLive }: HeaderProps): JSX.Element {
  return (
    <header>
      <a class="skip" href="#main">
        Skip to the verdict
      </a>
      <span class="product">gpu-health</span>
      {server !== undefined && <span class="hostname">{server.hostname}</span>}
      <span class={isLive ? "pulse live" : "pulse lost"}>{isLive ? "Live" : "No connection"}</span>
    </header>
  );
}

/** What runs there, and where else to look. */
export function Footer({ state }: { readonly state: LiveState }): JSX.Element {
  const { server, library, configuration, atWallMs } = state;
  const driver = library.phase === "ready" ? library.driverVersion : undefined;
  return (
    <footer>
      <p>
        gpu-health {server.version} on Node {server.node}
        {driver !== undefined && `, GPU driver ${driver}`}, up for {elapsed(atWallMs - server.startedAtWallMs)}
        {configuration.file !== undefined && (
          <>
            {" "}
            with <code>{configuration.file}</code>
          </>
        )}
        .
      </p>
      <nav aria-label="Other views">
        <a href="health">full report</a> <a href="readyz">readiness</a> <a href="livez">liveness</a>{" "}
        <a href="metrics">metrics</a> <a href="status">this page as JSON</a>
      </nav>
    </footer>
  );
}

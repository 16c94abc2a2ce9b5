import type { JSX } from "preact";
import { elapsed } from "../live/elapsed.js";
import type { Lost } from "../live/known.js";
import type { LiveState, LiveStatus } from "../live/state.js";
import { timeOfDay } from "./parts.js";

interface ConnectionProps {
  readonly lost: Lost;
  readonly status: LiveStatus | undefined;
  readonly nowMs: number;
}

/** Says that nothing on the page is current. */
export function ConnectionNotice({ lost: { problem, lastNewsMs }, status, nowMs }: ConnectionProps): JSX.Element {
  return (
    <div class="notice lost">
      <strong>No connection to the server</strong>
      <p>
        {problem}; trying again.{" "}
        {lastNewsMs !== undefined && status !== undefined && (
          <>
            What you see below is {elapsed(nowMs - lastNewsMs)} old, of{" "}
            {timeOfDay(status.state.atWallMs, status.state.atWallMs)}. It may be quite different now.
          </>
        )}
      </p>
    </div>
  );
}

/** What is out of the ordinary beside the verdict. */
export function Notices({ state }: { readonly state: LiveState }): JSX.Element {
  const { library, configuration, drain, atWallMs } = state;
  const { errors, restartNeeded, loadedAtWallMs } = configuration;
  return (
    <>
      {library.phase === "ready" && library.simulated && (
        <p class="notice simulated">
          <strong>Simulated GPUs.</strong> They do not exist, and no reading on this page is real.
        </p>
      )}
      {drain !== undefined && state.reason !== drain.reason && (
        <p class="notice">
          <strong>Traffic is turned away on purpose:</strong> {drain.message}
        </p>
      )}
      {errors.length > 0 && (
        <div class="notice">
          <strong>The newer configuration has errors.</strong> The one of {timeOfDay(loadedAtWallMs, atWallMs)} is in
          force.
          <ul>
            {errors.map((error) => (
              <li key={error}>{error}</li>
            ))}
          </ul>
        </div>
      )}
      {restartNeeded.length > 0 && (
        <p class="notice">Changes of {restartNeeded.join(", ")} take effect at the next start.</p>
      )}
    </>
  );
}

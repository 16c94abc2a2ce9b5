import type { JSX } from "preact";
import type { Status } from "../core/status.js";
import { type Incident, incidentsOf } from "../live/incidents.js";
import type { LiveTransition } from "../live/state.js";
import { counted, Name, StatusMark, timeOfDay } from "./parts.js";

interface Props {
  readonly transitions: readonly LiveTransition[];
  readonly nowWallMs: number;
}

/** Shown without asking. */
const shownIncidents = 12;

/** What has changed lately, the newest first; what changed together for one reason is one line. */
export function Transitions({ transitions, nowWallMs }: Props): JSX.Element {
  const incidents = incidentsOf(transitions);
  const older = incidents.slice(shownIncidents);
  return (
    <section aria-labelledby="transitions">
      <h2 id="transitions">
        Last changes <small>{counted(transitions.length, "change")} of components</small>
      </h2>
      <IncidentList incidents={incidents.slice(0, shownIncidents)} nowWallMs={nowWallMs} />
      {older.length > 0 && (
        <details>
          <summary>{counted(older.length, "older one")}</summary>
          <IncidentList incidents={older} nowWallMs={nowWallMs} />
        </details>
      )}
    </section>
  );
}

function IncidentList({
  incidents,
  nowWallMs,
}: {
  readonly incidents: readonly Incident[];
  readonly nowWallMs: number;
}): JSX.Element {
  return (
    <ol class="incidents">
      {incidents.map(({ id, atWallMs, from, to, reason, message, components }) => (
        <li key={id}>
          <time dateTime={new Date(atWallMs).toISOString()}>{timeOfDay(atWallMs, nowWallMs)}</time>
          <span class="change">
            <Before status={from} />
            {to === undefined ? <span class="quiet">gone</span> : <StatusMark status={to} />}
          </span>
          <div>
            <p class="said">
              {reason !== "ok" && (
                <>
                  <code>{reason}</code>{" "}
                </>
              )}
              {message}
            </p>
            <p class="of">
              {components.map((component) => (
                <span key={component}>
                  <Name>{component}</Name>{" "}
                </span>
              ))}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Before({ status }: { readonly status: Status | undefined }): JSX.Element {
  return (
    <>
      <span class="quiet">{status ?? "new"}</span>
      <span aria-hidden="true">→</span>
      <span class="only-heard"> to </span>
    </>
  );
}

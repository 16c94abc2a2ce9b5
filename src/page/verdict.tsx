import type { JSX } from "preact";
import { headline, toneOf } from "../live/headline.js";
import type { LiveState } from "../live/state.js";
import { CheckName, Mark, Remedy, SinceWhen } from "./parts.js";

/** What matters to whoever was paged: may traffic flow, and why not, in one sentence. */
export function Verdict({ state }: { readonly state: LiveState }): JSX.Element {
  const { status, reason, message, remedy, sinceWallMs, serving, atWallMs, drain, decidedBy } = state;
  const tone = toneOf(state);
  const since = drain?.sinceWallMs ?? sinceWallMs;
  return (
    <section class={`verdict ${tone}`} aria-labelledby="verdict">
      <Mark tone={tone} />
      <div>
        <h1 id="verdict">{headline(state)}</h1>
        <p class="said">{status === "healthy" ? "All checks pass; traffic may flow." : message}</p>
        {status !== "healthy" && remedy !== undefined && <Remedy>{remedy}</Remedy>}
        <p class="facts">
          {status !== "healthy" && (
            <>
              <code>{reason}</code>
              {decidedBy !== undefined && (
                <>
                  {" "}
                  by check <CheckName {...decidedBy} />
                </>
              )}
              <span aria-hidden="true"> · </span>
            </>
          )}
          gRPC <code>{serving}</code>
          {since !== undefined && (
            <>
              <span aria-hidden="true"> · </span>
              since <SinceWhen wallMs={since} nowWallMs={atWallMs} />
            </>
          )}
        </p>
      </div>
    </section>
  );
}

import type { ComponentChildren, JSX } from "preact";
import type { Status } from "../core/status.js";
import { elapsed } from "../live/elapsed.js";
import type { Tone } from "../live/headline.js";
import type { LiveVerdict } from "../live/state.js";

/** A mark that differs in shape as well as in colour. */
export function Mark({ tone }: { readonly tone: Tone }): JSX.Element {
  return (
    <svg class={`mark ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="8" />
      <path d={markPaths[tone]} />
    </svg>
  );
}

const markPaths: Readonly<Record<Tone, string>> = {
  healthy: "M4.5 8.4 7 10.9 11.6 5.6",
  degraded: "M8 4v5M8 11.6v.2",
  unhealthy: "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4",
  unknown: "M6 6.3a2 2 0 1 1 2.7 1.9C8.2 8.4 8 8.7 8 9.3M8 11.8v.1",
  draining: "M8 4v7M5 8.2l3 3 3-3",
};

/** A status in words with its mark. */
export function StatusMark({ status }: { readonly status: Status }): JSX.Element {
  return (
    <span class={`status ${status}`}>
      <Mark tone={status} />
      {status}
    </span>
  );
}

interface WhyProps {
  readonly verdict: LiveVerdict;
  /** The message is to be read beside it. */
  readonly isSaidBeside?: boolean;
}

/** Why something is not healthy, and what to do; nothing where it is. */
export function Why({ verdict, isSaidBeside = false }: WhyProps): JSX.Element | null {
  const { status, reason, message, remedy } = verdict;
  if (status === "healthy") return null;
  return (
    <div class="why">
      <p>
        <code>{reason}</code> {!isSaidBeside && <span class="said">{message}</span>}
      </p>
      {remedy !== undefined && <Remedy>{remedy}</Remedy>}
    </div>
  );
}

/** What to do. */
export const Remedy = ({ children }: { readonly children: ComponentChildren }): JSX.Element => (
  <p class="remedy">
    <span class="only-heard">What to do: </span>
    {children}
  </p>
);

/** When, and how long that is: `14:03:20 (5 min)`. The time is what logs and other pages are searched for. */
export const SinceWhen = (props: SinceProps): JSX.Element => (
  <>
    {timeOfDay(props.wallMs, props.nowWallMs)} (<Since {...props} />)
  </>
);

interface SinceProps {
  readonly wallMs: number;
  readonly nowWallMs: number;
}

/** How long ago, with the time of day for whoever points at it. */
export function Since({ wallMs, nowWallMs }: SinceProps): JSX.Element {
  const date = new Date(wallMs);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {elapsed(nowWallMs - wallMs)}
    </time>
  );
}

/** `14:03:20`, where the reader is; with the day where it was another one. */
export function timeOfDay(wallMs: number, nowWallMs: number): string {
  const date = new Date(wallMs);
  const time = date.toLocaleTimeString(undefined, { hourCycle: "h23", timeStyle: "medium" });
  return date.toDateString() === new Date(nowWallMs).toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}

/** `1 GPU`, `8 GPUs`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A check, with what it looked at. */
export const CheckName = ({ check, subject }: { readonly check: string; readonly subject?: string }): JSX.Element => (
  <>
    <Name>{check}</Name>
    {subject !== undefined && (
      <>
        {" "}
        on <Name>{subject}</Name>
      </>
    )}
  </>
);

/** The name of a component; the empty one is a name too. */
export const Name = ({ children }: { readonly children: string }): JSX.Element => (
  <code>{children === "" ? '""' : children}</code>
);

/** Where on the page a GPU's card is. */
export const anchorOf = (gpu: string): string => gpu.replaceAll("/", "-");

import type { JSX } from "preact";
import { elapsed } from "../live/elapsed.js";
import type { LiveGpu, LiveHistory, LiveLibrary, LiveState } from "../live/state.js";
import { worstFirst } from "../live/worst-first.js";
import { GpuCard } from "./gpu-card.js";
import { anchorOf, Mark, Remedy, timeOfDay } from "./parts.js";

interface Props {
  readonly state: LiveState;
  readonly history: LiveHistory;
  readonly lookBack: number | undefined;
  readonly look: (lookBack: number | undefined) => void;
}

type NamedGpu = readonly [name: string, gpu: LiveGpu];

/** Past this many GPUs their cards are small, the worst come first, and a map of all before them. */
const manyGpus = 4;

export function Gpus({ state, history, lookBack, look }: Props): JSX.Element {
  const all = Object.entries(state.gpus);
  const whole = all.filter(([, { mig }]) => mig === undefined).sort(([, one], [, other]) => one.index - other.index);
  const isMany = whole.length > manyGpus;
  const cards = isMany ? worstFirst(whole) : whole;
  return (
    <section aria-labelledby="gpus">
      <div class="heading">
        <h2 id="gpus">GPUs</h2>
        {whole.length > 0 && <LookBack history={history} lookBack={lookBack} look={look} />}
      </div>
      {whole.length === 0 && <WithoutGpus library={state.library} />}
      {isMany && <GpuMap gpus={whole} />}
      <div class={`gpus ${isMany ? "many" : "few"}`}>
        {cards.map(([name, gpu]) => (
          <GpuCard
            key={name}
            name={name}
            gpu={gpu}
            instances={all.filter(([, other]) => other.mig !== undefined && other.index === gpu.index)}
            history={history}
            lookBack={lookBack}
            look={look}
            atWallMs={state.atWallMs}
          />
        ))}
      </div>
    </section>
  );
}

/** All GPUs at a glance, each a link to its card. */
function GpuMap({ gpus }: { readonly gpus: readonly NamedGpu[] }): JSX.Element {
  return (
    <nav class="map" aria-label="GPUs">
      <ul>
        {gpus.map(([name, { status, index }]) => (
          <li key={name}>
            <a href={`#${anchorOf(name)}`} class={status} aria-label={`${name}: ${status}`}>
              <Mark tone={status} />
              {index}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Reads all charts at one moment of the past: for the keyboard and for fingers, which cannot hover. */
function LookBack({ history, lookBack, look }: Omit<Props, "state">): JSX.Element {
  const { stepMs, capacity, endWallMs } = history;
  const ago = lookBack === undefined ? "now" : `${elapsed(lookBack * stepMs)} ago`;
  const atWallMs = endWallMs - (lookBack ?? 0) * stepMs;
  return (
    <label class="look-back">
      <span>
        Charts: last {elapsed(capacity * stepMs)}, read <b>{ago}</b>
        {lookBack !== undefined && ` (${timeOfDay(atWallMs, endWallMs)})`}
      </span>
      <input
        type="range"
        min={1 - capacity}
        max={0}
        value={-(lookBack ?? 0)}
        aria-valuetext={ago}
        onInput={({ currentTarget }) => {
          const steps = -Number(currentTarget.value);
          look(steps === 0 ? undefined : steps);
        }}
      />
    </label>
  );
}

/** Why there are no cards. */
function WithoutGpus({ library }: { readonly library: LiveLibrary }): JSX.Element {
  switch (library.phase) {
    case "off":
      return <p class="none">GPUs are switched off: gpu.mode is off.</p>;
    case "opening":
      return (
        <p class="none">
          The GPU library is still being opened (<code>{library.path}</code>).
        </p>
      );
    case "failed":
      return (
        <div class="none">
          <p>
            <code>{library.reason}</code> {library.message}
          </p>
          <Remedy>{library.remedy}</Remedy>
        </div>
      );
    case "ready":
      return <p class="none">No check looks at a GPU.</p>;
  }
}

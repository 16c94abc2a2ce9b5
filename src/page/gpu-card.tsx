import type { JSX } from "preact";
import { formatBytes } from "../core/units.js";
import { historyMetrics, type LiveGpu, type LiveHistory, type LiveProcess, type LiveVerdict } from "../live/state.js";
import { anchorOf, counted, Name, Since, StatusMark, Why } from "./parts.js";
import { Quantity } from "./quantity.js";

interface Props {
  readonly name: string;
  readonly gpu: LiveGpu;
  /** Its MIG instances. */
  readonly instances: readonly (readonly [name: string, gpu: LiveGpu])[];
  readonly history: LiveHistory;
  readonly lookBack: number | undefined;
  readonly look: (lookBack: number | undefined) => void;
  readonly atWallMs: number;
}

export function GpuCard({ name, gpu, instances, history, lookBack, look, atWallMs }: Props): JSX.Element {
  const anchor = anchorOf(name);
  const { model, uuid, pciBusId, status, sinceWallMs, processes } = gpu;
  return (
    <article id={anchor} class={`gpu ${status}`} aria-labelledby={`${anchor}-name`}>
      <div class="gpu-head">
        <h3 id={`${anchor}-name`}>{name}</h3>
        <span class="model">{model ?? "model unknown"}</span>
        <span class="verdict-of-gpu">
          <StatusMark status={status} />
          <span class="quiet">
            for <Since wallMs={sinceWallMs} nowWallMs={atWallMs} />
          </span>
        </span>
      </div>
      <Why verdict={withoutKnownRemedy(gpu)} />
      <div class="quantities">
        {historyMetrics.map((metric) => (
          <Quantity
            key={metric}
            metric={metric}
            of={name}
            readings={gpu.readings}
            points={history.gpus[name]?.[metric] ?? noPoints}
            history={history}
            lookBack={lookBack}
            look={look}
          />
        ))}
      </div>
      {instances.length > 0 && <Instances instances={instances} history={history} lookBack={lookBack} look={look} />}
      <Holders processes={processes} />
      <details class="identity">
        <summary>
          Identity<span class="only-heard"> of {name}</span>
        </summary>
        <dl>
          <dt>UUID</dt>
          <dd>
            <code>{uuid ?? "unknown"}</code>
          </dd>
          <dt>PCI bus</dt>
          <dd>
            <code>{pciBusId ?? "unknown"}</code>
          </dd>
        </dl>
      </details>
    </article>
  );
}

/** What to do about a fault is said with the fault. */
function withoutKnownRemedy(gpu: LiveGpu): LiveVerdict {
  const { status, reason, message, remedy } = gpu;
  const isKnown = gpu.faults.some(({ fault }) => fault === reason) || remedy === undefined;
  return { status, reason, message, ...(isKnown ? {} : { remedy }) };
}

const noPoints: readonly null[] = [];

/** All that an instance has of its own is its memory. */
function Instances({ instances, history, lookBack, look }: Omit<Props, "name" | "gpu" | "atWallMs">): JSX.Element {
  return (
    <ul class="instances">
      {instances.map(([name, instance]) => (
        <li key={name} class={instance.status}>
          <p class="instance-head">
            <Name>{name}</Name> <StatusMark status={instance.status} />
          </p>
          <Quantity
            metric="memoryTakenRatio"
            of={name}
            readings={instance.readings}
            points={history.gpus[name]?.memoryTakenRatio ?? noPoints}
            history={history}
            lookBack={lookBack}
            look={look}
          />
          <Why verdict={instance} />
        </li>
      ))}
    </ul>
  );
}

/** Processes that are shown at once. */
const shownProcesses = 3;

/** Who holds the memory. */
function Holders({ processes }: { readonly processes: readonly LiveProcess[] }): JSX.Element | null {
  if (processes.length === 0) return null;
  const more = processes.slice(shownProcesses);
  return (
    <div class="holders">
      <h4>Memory is held by</h4>
      <ProcessList processes={processes.slice(0, shownProcesses)} />
      {more.length > 0 && (
        <details>
          <summary>{counted(more.length, "more process", "more processes")}</summary>
          <ProcessList processes={more} />
        </details>
      )}
    </div>
  );
}

function ProcessList({ processes }: { readonly processes: readonly LiveProcess[] }): JSX.Element {
  return (
    <ul>
      {processes.map(({ pid, program, kind, usedBytes }) => (
        <li key={`${pid} ${kind}`}>
          <span class="program">{program === "" ? "unknown program" : program}</span>
          <span class="quiet">
            pid <code>{pid}</code>
            {kind !== "compute" && `, ${kind}`}
          </span>
          <span class="number">{formatBytes(usedBytes)}</span>
        </li>
      ))}
    </ul>
  );
}

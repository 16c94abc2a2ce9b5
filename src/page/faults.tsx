import type { JSX } from "preact";
import { faultsOf } from "../live/faults.js";
import type { LiveState } from "../live/state.js";
import { Name, Remedy, SinceWhen } from "./parts.js";

/** What the GPUs have, with what to do about it; nothing where they are sound. */
export function Faults({ state }: { readonly state: LiveState }): JSX.Element | null {
  const faults = faultsOf(state);
  if (faults.length === 0) return null;
  return (
    <section aria-labelledby="faults">
      <h2 id="faults">Faults</h2>
      <ul class="faults">
        {faults.map(({ name, fault }) => (
          <li key={`${name} ${fault.fault}`} class={fault.severity}>
            <p class="fault-name">
              <code>{fault.fault}</code> <span class="severity">{fault.severity}</span> on <Name>{name}</Name>
              <span class="quiet">
                {" "}
                since <SinceWhen wallMs={fault.sinceWallMs} nowWallMs={state.atWallMs} />
                {fault.count > 1 && `, ${fault.count} times`}
              </span>
            </p>
            <p class="said">{fault.message}</p>
            <Remedy>{fault.remedy}</Remedy>
          </li>
        ))}
      </ul>
    </section>
  );
}

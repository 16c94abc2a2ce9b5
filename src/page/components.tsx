import type { JSX } from "preact";
import type { LiveState } from "../live/state.js";
import { worstFirst } from "../live/worst-first.js";
import { CheckName, Name, SinceWhen, StatusMark, Why } from "./parts.js";

/** Every name that health clients can ask for. GPUs have cards of their own. */
export function Components({ state }: { readonly state: LiveState }): JSX.Element {
  const all = Object.entries(state.components);
  const rows = worstFirst(all.filter(([name]) => !Object.hasOwn(state.gpus, name)));
  const left = all.length - rows.length;
  return (
    <section aria-labelledby="components">
      <h2 id="components">Components</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Component</th>
            <th scope="col">Status</th>
            <th scope="col">gRPC</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, component]) => (
            <tr key={name}>
              <th scope="row" data-label="Component">
                <Name>{name}</Name>
                {component.aliases.map((alias) => (
                  <small key={alias}>
                    also <Name>{alias}</Name>
                  </small>
                ))}
                {component.description !== undefined && <small>{component.description}</small>}
              </th>
              <td data-label="Status">
                <StatusMark status={component.status} />
                <Why verdict={component} />
                {component.decidedBy !== undefined && (
                  <small>
                    by check <CheckName {...component.decidedBy} />
                  </small>
                )}
              </td>
              <td data-label="gRPC">
                <code>{component.serving}</code>
              </td>
              <td data-label="Since" class="number">
                <SinceWhen wallMs={component.sinceWallMs} nowWallMs={state.atWallMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {left === 1 && <p class="quiet">1 more component is the GPU above, by its name.</p>}
      {left > 1 && <p class="quiet">{left} more components are the GPUs above, each by its name.</p>}
    </section>
  );
}

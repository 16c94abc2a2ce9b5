import type { JSX } from "preact";
import { Component } from "preact";
import { headline } from "../live/headline.js";
import type { Known } from "../live/known.js";
import { Checks } from "./checks.js";
import { Components } from "./components.js";
import { Faults } from "./faults.js";
import { Gpus } from "./gpus.js";
import { ConnectionNotice, Notices } from "./notices.js";
import { Overview } from "./overview.js";
import { Footer, Header } from "./surroundings.js";
import { Transitions } from "./transitions.js";
import { Verdict } from "./verdict.js";

interface Props {
  readonly known: Known;
  /** By this browser's monotonic clock. */
  readonly nowMs: number;
}

interface State {
  /** Steps of the history back from now at which charts are read; undefined: now. */
  readonly lookBack: number | undefined;
}

/** The whole page. What it shows as «now» is the time of the newest news, so that what is old does not seem to age. */
export class App extends Component<Props, State> {
  override state: State = { lookBack: undefined };

  private readonly look = (lookBack: number | undefined): void => {
    if (lookBack !== this.state.lookBack) this.setState({ lookBack });
  };

  override render({ known, nowMs }: Props, { lookBack }: State): JSX.Element {
    const { status, lost } = known;
    return (
      <>
        <Announcement known={known} />
        <Header server={status?.state.server} isLive={lost === undefined} />
        {lost !== undefined && <ConnectionNotice lost={lost} status={status} nowMs={nowMs} />}
        {status !== undefined && (
          <main id="main" class={lost === undefined ? "live" : "stale"} tabIndex={-1}>
            <Notices state={status.state} />
            <Verdict state={status.state} />
            <Overview state={status.state} />
            <Faults state={status.state} />
            <Gpus state={status.state} history={status.history} lookBack={lookBack} look={this.look} />
            <Components state={status.state} />
            <Checks state={status.state} />
            <Transitions transitions={status.transitions} nowWallMs={status.state.atWallMs} />
          </main>
        )}
        {status !== undefined && <Footer state={status.state} />}
      </>
    );
  }
}

/** For screen readers: the verdict and the connection, when they change, and nothing of what moves every second. */
class Announcement extends Component<{ readonly known: Known }> {
  override shouldComponentUpdate({ known }: { readonly known: Known }): boolean {
    return keyOf(known) !== keyOf(this.props.known);
  }

  override render({ known: { status, lost } }: { readonly known: Known }): JSX.Element {
    const state = status?.state;
    const verdict = state === undefined ? "" : `${headline(state)}: ${state.message}`;
    return (
      <p class="only-heard" role="status">
        {lost === undefined ? verdict : `Connection lost: ${lost.problem}. What is shown is old.`}
      </p>
    );
  }
}

/** The words of one reason may count seconds or bytes. */
const keyOf = ({ status, lost }: Known): string =>
  JSON.stringify(lost?.problem ?? (status === undefined ? "" : [headline(status.state), status.state.reason]));

import type { Registry as PromRegistry } from "prom-client";
import type { CertificateState, ListenerState } from "../../core/listener-state.js";
import { collectCounter, collectGauge, type Labels, type Sample } from "./collected.js";

/** Connections and certificates of each address that is listened on. */
export function collectListeners(register: PromRegistry, listeners: () => readonly ListenerState[]): void {
  const ofCertificates = (figure: (certificate: CertificateState) => number) => (): readonly Sample[] =>
    listeners().flatMap((each) =>
      each.certificate === undefined ? [] : [{ labels: labelsOf(each), value: figure(each.certificate) }],
    );
  collectGauge(register, {
    name: "gpu_health_listener_connections",
    help: "Open connections.",
    samples: () => listeners().map((each) => ({ labels: labelsOf(each), value: each.openConnections })),
  });
  collectCounter(register, {
    name: "gpu_health_listener_refused_connections_total",
    help: "Connections closed before they were served, by reason.",
    samples: () =>
      listeners().flatMap((each) =>
        Object.entries(each.refused).map(([reason, value]) => ({ labels: { ...labelsOf(each), reason }, value })),
      ),
  });
  collectGauge(register, {
    name: "gpu_health_listener_certificate_expiry_timestamp_seconds",
    help: "When the certificate that is shown ends, in seconds since 1970; less `time()` it is the time that is left.",
    samples: ofCertificates(({ expiresAtWallMs }) => expiresAtWallMs / 1000),
  });
  collectGauge(register, {
    name: "gpu_health_listener_certificate_current",
    help: "1 while the certificate that is shown is the one in the files, 0 while those cannot be used.",
    samples: ofCertificates(({ isCurrent }) => (isCurrent ? 1 : 0)),
  });
}

const labelsOf = ({ server, address }: ListenerState): Labels => ({ server, address });

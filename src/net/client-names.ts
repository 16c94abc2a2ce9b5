/** What `tls.TLSSocket.getPeerCertificate` says of a certificate's names. */
export interface NamedCertificate {
  readonly subject?: { readonly CN?: string | readonly string[] };
  /** Node's text, `DNS:a.example, URI:spiffe://b`; names with unusual characters are quoted as in JSON. */
  readonly subjectaltname?: string;
}

/** The DNS names and URIs (SPIFFE identities) of a certificate; the common name where it has neither. */
export function clientNames({ subject, subjectaltname = "" }: NamedCertificate): readonly string[] {
  const names = [...subjectaltname.matchAll(/(DNS|URI):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/g)].flatMap(
    ([, , text = ""]) => unquoted(text) ?? [],
  );
  if (names.length > 0) return names;
  const commonName = subject?.CN ?? [];
  return typeof commonName === "string" ? [commonName] : [...commonName];
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

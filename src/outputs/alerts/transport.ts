/** A POST with a JSON body. */
export interface AlertRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The beginning of the body. */
  readonly body: string;
}

/** How requests leave. The program brings the HTTP client that its checks use. */
export interface AlertTransport {
  /** Rejects with an error whose message names neither path nor query, which may be secrets. */
  post(request: AlertRequest, signal: AbortSignal): Promise<Answer>;
  /** The content of the file in a text that ends in `file:/PATH`; every other text as it is. */
  resolve(text: string, signal: AbortSignal): Promise<string>;
  /** The text with each of the secrets taken out. */
  withoutSecrets(text: string, secrets: readonly string[]): string;
}

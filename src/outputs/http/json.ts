/** Headers that keep an answer from being stored on the way: the next one may differ. */
export const noStore = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

export function jsonResponse(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body, undefined, 2)}\n`, {
    status,
    headers: { ...noStore, "content-type": "application/json; charset=utf-8", ...headers },
  });
}

export function textResponse(status: number, body: string, contentType = "text/plain; charset=utf-8"): Response {
  return new Response(body, { status, headers: { ...noStore, "content-type": contentType } });
}

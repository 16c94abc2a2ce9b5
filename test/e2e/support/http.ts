/** An HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** GETs `path` of the server at `address` (`HOST:PORT`). */
export const get = (address: string, path: string): Promise<Answer> => request(address, "GET", path);

/** Sends any request; `body` goes out as JSON. */
export async function request(address: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`http://${address}${path}`, {
    method,
    // A new connection each time: what is tested must not depend on one that an earlier request left open.
    headers: { connection: "close", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

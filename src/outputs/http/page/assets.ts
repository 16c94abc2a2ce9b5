/** A file of the status page. */
export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The files of the status page, whose names change with their content. */
export interface PageAssets {
  /** The name that is served, by the plain one: `page.js` is `page-1f2e3d.js`. */
  readonly names: Readonly<Record<string, string>>;
  /** By the name that is served. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Gives the files; rejects where they cannot be read. */
export type LoadAssets = () => Promise<PageAssets>;

/** A name stands for one content for ever, so that browsers need not ask again. */
export function assetResponse({ contentType, body }: Asset): Response {
  const headers = {
    "content-type": contentType,
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  };
  return new Response(body, { headers });
}

import type { FastifyInstance } from 'fastify';

/** Swagger UI styles its elements inline; everything else comes from this server. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What is served as it is, by path: its type and its text. */
type Pages = Record<string, [type: string, body: () => string | Promise<Buffer>]>;

/** Serves pages for people, and what they load, next to the API. */
export function servePages(server: FastifyInstance, pages: Pages): void {
  for (const [path, [type, body]] of Object.entries(pages)) {
    const bytes = keptOnce(body);
    server.get(path, async (_request, reply) =>
      reply
        .headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'public, max-age=3600' })
        .type(`${type}; charset=utf-8`)
        .send(await bytes()),
    );
  }
}

/** Makes something on the first request, and answers all others with the same bytes: no request has a copy of its own. */
export function keptOnce(make: () => string | Buffer | Promise<string | Buffer>): () => Promise<Buffer> {
  let kept: Promise<Buffer> | undefined;
  return () => {
    kept ??= Promise.resolve(make()).then((made) => (typeof made === 'string' ? Buffer.from(made) : made));
    // What could not be made is tried again.
    kept.catch(() => (kept = undefined));
    return kept;
  };
}

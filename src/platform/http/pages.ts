import type { FastifyInstance } from 'fastify';

/** Swagger UI styles its elements inline; everything else comes from this server. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What is served as it is, by path: its type and its text. */
type Pages = Record<string, [type: string, body: () => string | Promise<Buffer>]>;

/** Serves pages for people, and what they load, beside the API. */
export function servePages(server: FastifyInstance, pages: Pages): void {
  for (const [path, [type, body]] of Object.entries(pages)) {
    server.get(path, async (_request, reply) =>
      reply
        .headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'public, max-age=3600' })
        .type(`${type}; charset=utf-8`)
        .send(await body()),
    );
  }
}

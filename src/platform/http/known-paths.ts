import type { FastifyInstance } from 'fastify';

/** The paths of all routes with their methods. */
export class KnownPaths {
  private readonly known = new Map<string, { pattern: RegExp; allowed: Set<string> }>();

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ method, url }) => {
      // CORS answers OPTIONS everywhere, which makes no path known.
      if (url === '*') return;
      const known = this.known.get(url) ?? { pattern: patternOf(url), allowed: new Set() };
      for (const each of [method].flat()) known.allowed.add(each);
      this.known.set(url, known);
    });
  }

  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?', 1);
    return [...this.known.values()].flatMap(({ pattern, allowed }) =>
      pattern.test(path) ? [...allowed] : [],
    );
  }
}

function patternOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}$`);
}

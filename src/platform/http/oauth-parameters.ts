import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OAuthProblem } from './problem.js';

/** RFC 8707 §2 and RFC 8693 §2.1; all others stand there once (RFC 6749 §3.1). */
export const MAY_REPEAT = ['resource', 'audience'] as const;
type Repeatable = (typeof MAY_REPEAT)[number];

/**
 * The parameters of a request to one of OAuth's endpoints. Those that are empty count as left out, and unknown ones are
 * ignored (RFC 6749 §3.1), unlike the fields of a request to the API.
 */
export class OAuthParameters {
  private readonly all: ReadonlyMap<string, string[]>;

  /** @throws OAuthProblem for a parameter that is repeated, or that no text could be */
  constructor(given: unknown) {
    const entries = Object.entries((given ?? {}) as Record<string, unknown>);
    this.all = new Map(entries.map(([name, value]) => [name, textsOf(name, value)]));
  }

  get(name: string): string | undefined {
    return this.all.get(name)?.[0];
  }

  list(name: Repeatable): string[] {
    return this.all.get(name) ?? [];
  }

  /** Its words, each once (RFC 6749 §3.3). */
  words(name: string): string[] {
    return [...new Set(this.get(name)?.split(' ').filter(Boolean) ?? [])];
  }

  /** @throws OAuthProblem when it is not there */
  required(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw invalid(`The parameter ${name} is missing.`);
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  entries(): [name: string, value: string][] {
    return [...this.all].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  }
}

function textsOf(name: string, value: unknown): string[] {
  const texts = [value].flat();
  if (texts.length > 1 && !(MAY_REPEAT as readonly string[]).includes(name))
    throw invalid('A parameter is repeated.');
  for (const text of texts) {
    if (typeof text !== 'string' || /[\0\p{Surrogate}]/u.test(text))
      throw invalid('A parameter holds what is no text.');
  }
  return (texts as string[]).filter((text) => text !== '');
}

function invalid(description: string): OAuthProblem {
  return new OAuthProblem(400, 'invalid_request', description);
}

/** The parameters of the body, or of the query where there is none. `token(@Parameters() parameters: OAuthParameters)` */
export const Parameters = createParamDecorator((_: unknown, context: ExecutionContext): OAuthParameters => {
  const { method, body, query } = context.switchToHttp().getRequest<FastifyRequest>();
  return new OAuthParameters(method === 'POST' ? body : query);
});

import { signal } from '@preact/signals';
import type { InspectionResponse } from '../../../src/tokens/introspection/tokens.dto.js';

/** Times come as ISO 8601 over the wire. */
type OverTheWire<T> = T extends Date
  ? string
  : T extends object
    ? { [Name in keyof T]: OverTheWire<T[Name]> }
    : T;
export type Inspection = OverTheWire<InspectionResponse>;

/** What the server answered when it refused. */
export class Refused extends Error {}

/** The route that is asked about. */
export const route = signal({ method: 'GET', path: '' });
export const routes = signal<string[]>([]);

/** What the server knows of a token. @throws Refused; TypeError when it cannot be reached */
export async function inspect(token: string): Promise<Inspection> {
  const { method, path } = route.value;
  const body = { token, ...(path !== '' && { route: { method, path } }) };
  return (await post('/v1/tokens/inspect', body)).json() as Promise<Inspection>;
}

/** Ends the session of a token, or revokes an API key (RFC 7009). @throws Refused; TypeError */
export async function end(token: string): Promise<void> {
  await post('/v1/tokens/revoke', { token });
}

/** What there is to ask about. @throws TypeError */
export async function listRoutes(): Promise<void> {
  const answer = await fetch('/openapi.json');
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
  routes.value = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** With the cookies of the session; an access token that has expired is refreshed once. */
async function post(path: string, body: object): Promise<Response> {
  const send = () =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
  let answer = await send();
  if (answer.status === 401) {
    const refreshed = await fetch('/v1/auth/refresh', { method: 'POST' });
    if (refreshed.ok) answer = await send();
  }
  if (answer.ok) return answer;
  const { detail } = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Refused(detail ?? String(answer.status));
}

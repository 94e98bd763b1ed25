import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Statement } from '../../src/platform/database/database.service.js';
import type { TestApp } from './app.js';
import { PASSWORD } from './actors.js';
import { Client, type Answer, type SignedIn } from './client.js';
import { LEAKS } from './problem.js';

export const REDIRECT = 'https://app.example/callback';

/** A verifier and its challenge (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** `Authorization: Basic` as RFC 6749 §2.3.1 spells it. */
export function basic(id: string, secret: string): Record<string, string> {
  const encoded = [id, secret].map((part) => encodeURIComponent(part).replaceAll('%20', '+')).join(':');
  return { authorization: `Basic ${Buffer.from(encoded).toString('base64')}` };
}

/** What the claims of a JWT say, unverified. */
export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

export function headerOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
}

/** Sends a form, as clients of OAuth do. */
export function form(
  app: TestApp,
  path: string,
  fields: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  return new Client(app.url).send('POST', path, body, {
    'content-type': 'application/x-www-form-urlencoded',
    ...headers,
  });
}

/** A registered application, made by the admin. */
export interface TestClient {
  id: string;
  clientId: string;
  clientSecret: string;
  headers: Record<string, string>;
  body: any;
}

export async function makeClient(app: TestApp, settings: object = {}): Promise<TestClient> {
  const admin = await app.as.admin();
  const made = await admin.post('/v1/oauth/clients', {
    name: 'Shop',
    redirectUris: [REDIRECT],
    idTokenAlg: 'ES256',
    ...settings,
  });
  if (made.status !== 201) throw new Error(`no client: ${made.status} ${made.text}`);
  const { id, clientId, clientSecret } = made.body;
  const headers = clientSecret === undefined ? {} : basic(clientId, clientSecret);
  return { id, clientId, clientSecret, headers, body: made.body };
}

/** The operator's own: users are not asked for consent. */
export const firstParty = (app: TestApp, settings: object = {}) =>
  makeClient(app, { kind: 'first-party', ...settings });

/** A browser that is signed in here, by the cookie of the single sign-on. */
export class Browser extends Client {
  constructor(
    url: string,
    readonly person: SignedIn,
    readonly sso: string,
  ) {
    super(url, { cookie: `gatehouse_sso=${sso}`, accept: 'text/html' });
  }

  static async of(app: TestApp, person: SignedIn): Promise<Browser> {
    const answer = await new Client(app.url).send(
      'POST',
      '/login',
      new URLSearchParams({ email: person.email, password: person.password ?? PASSWORD }).toString(),
      { 'content-type': 'application/x-www-form-urlencoded', origin: app.settings.PUBLIC_URL },
    );
    const sso = /gatehouse_sso=([^;]+)/.exec(answer.headers.getSetCookie().join('\n'))?.[1];
    if (!sso) throw new Error(`no sign-in: ${answer.status} ${answer.text}`);
    return new Browser(app.url, person, sso);
  }
}

export interface Asked {
  verifier: string;
  answer: Answer;
  /** Of the redirect to the client; empty when there was none. */
  back: URLSearchParams;
}

/** Where a browser is sent, whether by a redirect or by a page that goes on by itself. */
export function targetOf({ headers }: Answer): string | null {
  return headers.get('location') ?? headers.get('refresh')?.replace(/^0;url=/, '') ?? null;
}

/** Sends an authorization request; `parameters` that are `undefined` are left out. */
export async function ask(
  browser: Client,
  client: Pick<TestClient, 'clientId'>,
  parameters: Record<string, string | undefined> = {},
): Promise<Asked> {
  const { verifier, challenge } = pkce();
  const all = {
    client_id: client.clientId,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid',
    state: 'the-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await browser.get(`/oauth/authorize?${new URLSearchParams(given).toString()}`);
  return { verifier, answer, back: backOf(answer) };
}

/** The parameters that a client gets back. */
export function backOf(answer: Answer): URLSearchParams {
  const target = targetOf(answer);
  const isBack = target !== null && URL.canParse(target);
  return isBack ? new URL(target).searchParams : new URLSearchParams();
}

/** A code for tokens. */
export function exchange(
  app: TestApp,
  client: TestClient,
  code: string,
  verifier: string,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isPublic = client.clientSecret === undefined;
  return form(
    app,
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: REDIRECT,
      ...(isPublic && { client_id: client.clientId }),
      ...more,
    },
    { ...client.headers, ...headers },
  );
}

/** The whole way for a user who need not be asked anything: the body of the token response. */
export async function signInTo(
  app: TestApp,
  client: TestClient,
  browser: Browser,
  parameters: Record<string, string | undefined> = {},
): Promise<any> {
  const { verifier, back, answer } = await ask(browser, client, parameters);
  const code = back.get('code');
  if (code === null) throw new Error(`no code: ${answer.status} ${targetOf(answer)} ${answer.text}`);
  const { status, body, text } = await exchange(app, client, code, verifier, {
    redirect_uri: parameters['redirect_uri'] ?? REDIRECT,
  });
  if (status !== 200) throw new Error(`no tokens: ${status} ${text}`);
  return body;
}

export const refresh = (
  app: TestApp,
  client: TestClient,
  token: string,
  more: Record<string, string> = {},
): Promise<Answer> =>
  form(
    app,
    '/oauth/token',
    {
      grant_type: 'refresh_token',
      refresh_token: token,
      ...(client.clientSecret === undefined && { client_id: client.clientId }),
      ...more,
    },
    client.headers,
  );

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Notes that a user has allowed a client to know who they are, without the page that asks them. */
export async function allowClient(app: TestApp, userId: string, clientRow: string): Promise<void> {
  const id = randomUUID();
  await app.database.run({
    sql: `INSERT INTO oauth_grants (id, user_id, client_id, resource, scopes, created_at, updated_at)
      VALUES (:id, :userId, :clientRow, :resource, '["openid"]', 1, 1)`,
    params: { id, userId, clientRow, resource: app.settings.PUBLIC_URL },
  });
}

/** The statement that has a logout wait for a client that does not take it. */
export function undelivered(id: string, clientRow: string): Statement {
  const sql = `INSERT INTO logout_deliveries
    (id, client_id, audience, address, alg, sub, sid, attempts, next_at, created_at)
    VALUES (:id, :clientRow, 'x', 'https://1.example/out', 'ES256', 'x', 'x', 0, :never, 1)`;
  return { sql, params: { id, clientRow, never: 8e15 } };
}

/** An answer is an error as RFC 6749 §5.2 spells it, and never a problem document. */
export function expectOAuthError(answer: Answer, status: number, error: string): void {
  expect({ status: answer.status, error: answer.body?.error }, answer.text).toEqual({ status, error });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(answer.body).toSorted()).toEqual(['error', 'error_description']);
  expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(answer.text).not.toMatch(LEAKS);
}

/** A code for a client, and the verifier that goes with it. */
export async function codeFor(
  browser: Browser,
  client: TestClient,
  parameters: Record<string, string | undefined> = {},
): Promise<{ code: string; verifier: string }> {
  const { verifier, back, answer } = await ask(browser, client, parameters);
  const code = back.get('code');
  if (code === null) throw new Error(`no code: ${answer.status} ${targetOf(answer)} ${answer.text}`);
  return { code, verifier };
}

/** A request to the token endpoint, as this client. */
export const tokenRequest = (
  app: TestApp,
  client: TestClient,
  fields: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<Answer> => form(app, '/oauth/token', fields, { ...client.headers, ...headers });

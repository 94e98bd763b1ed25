import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../../support/api-keys.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { forged } from '../../support/signing-keys.js';

const FROM_HERE = { origin: 'http://localhost:3000' };

/** A place that takes some kind of token, and how it says that it took one. */
type Place = (token: string) => Promise<boolean>;
const isTaken = ({ status, text }: Answer) => {
  expect(status, text).toBeLessThan(500);
  return status < 300;
};

describe('every kind of token in every place that takes one', () => {
  let app: TestApp;
  let member: SignedIn;
  let introspector: SignedIn;
  let kinds: Record<string, () => Promise<string>>;
  let places: Record<string, Place>;

  beforeAll(async () => {
    app = await startApp();
    member = await app.as.member();
    introspector = await app.as.holderOf('tokens:introspect', 'users:read');
    const { key } = await makeKey(app, member);
    const anybody = app.as.anonymous();
    kinds = {
      'access token': async () => member.tokens.access_token,
      'refresh token': async () => {
        // One that was used would end its session in the next place.
        return (await app.as.logIn(member.email)).tokens.refresh_token;
      },
      'API key': async () => key,
      'API key without its prefix': async () => key.slice(4),
      'API key for another API': async () =>
        (await makeKey(app, member, { audience: 'https://orders.example.com' })).key,
      cursor: async () => (await introspector.get('/v1/users?limit=1')).body.nextCursor,
      'access token with the prefix of a key': async () => `ghk_${member.tokens.access_token}`,
      'access token that says it is a key': async () =>
        forged(app, member.tokens.access_token, { header: { typ: 'api-key+jwt' } }),
      'API key that says it is an access token': async () =>
        forged(app, key.slice(4), { header: { typ: 'at+jwt' } }),
    };
    places = {
      'authorization header': async (token) =>
        isTaken(await anybody.get('/v1/auth/whoami', { authorization: `Bearer ${token}` })),
      'access cookie': async (token) =>
        isTaken(await anybody.get('/v1/auth/whoami', { cookie: `gatehouse_access=${token}` })),
      'refresh body': async (token) =>
        isTaken(await anybody.post('/v1/auth/refresh', { refresh_token: token })),
      'refresh cookie': async (token) =>
        isTaken(
          await anybody.post('/v1/auth/refresh', undefined, {
            cookie: `gatehouse_refresh=${token}`,
            ...FROM_HERE,
          }),
        ),
      introspection: async (token) =>
        (await introspector.post('/v1/tokens/introspect', { token })).body.active === true,
      cursor: async (token) =>
        isTaken(await introspector.get(`/v1/users?limit=1&cursor=${encodeURIComponent(token)}`)),
    };
  });
  afterAll(() => app.close());

  const TAKEN: Record<string, string[]> = {
    'access token': ['authorization header', 'access cookie', 'introspection'],
    'refresh token': ['refresh body', 'refresh cookie', 'introspection'],
    'API key': ['authorization header', 'introspection'],
    'API key without its prefix': ['authorization header', 'introspection'],
    'API key for another API': ['introspection'],
    cursor: ['cursor'],
    'access token with the prefix of a key': [],
    'access token that says it is a key': [],
    'API key that says it is an access token': [],
  };

  it.each(Object.entries(TAKEN))('%s: %j and nowhere else', async (kind, expected) => {
    const taken: string[] = [];
    for (const [place, takes] of Object.entries(places)) {
      const token = await kinds[kind]!();
      if (await takes(token)) taken.push(place);
    }
    expect(taken).toEqual(expected);
    // Nothing that was tried has harmed what works.
    expect(await places['authorization header']!(member.tokens.access_token)).toBe(true);
    expect(await places['authorization header']!(await kinds['API key']!())).toBe(true);
  });
});

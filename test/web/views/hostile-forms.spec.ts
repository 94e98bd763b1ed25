import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { formsIn, Visitor } from '../../support/visitor.js';

const PUBLIC = ['/login', '/signup', '/reset', '/device'];
const SIGNED_IN = [
  '/account',
  '/account/security',
  '/account/sessions',
  '/account/keys/new',
  '/account/passkeys/new',
  '/account/data',
  '/account/delete',
  '/step-up?continue=/account',
];
const HOSTILE = {
  nothing: '',
  'something huge': 'x'.repeat(20_000),
  markup: `"><img src=x onerror=alert(1)>`,
  'text that turns around': '\u202Egnp.exe',
  NUL: 'a\0b',
  'a line feed': 'a\r\nset-cookie: b=c',
};
const PLAUSIBLE = 'plausible@example.com';

describe('every field of a form', { timeout: 120_000 }, () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp({ env: { RATE_LIMIT: 'off' } })));
  afterAll(() => app.close());

  const signedIn = async () => {
    const who = new Visitor(app.url);
    await who.post('/login', { email: (await app.as.member()).email, password: PASSWORD });
    return who;
  };
  const visitorOf = async (path: string) => (SIGNED_IN.includes(path) ? signedIn() : new Visitor(app.url));

  it.each([...PUBLIC, ...SIGNED_IN])('of %s may hold anything', async (path) => {
    let who = await visitorOf(path);
    const forms = formsIn((await who.open(path)).html);
    expect(forms.length).toBeGreaterThan(0);
    for (const { action, fields } of forms) {
      for (const [name, [kind, value]] of pairs(Object.keys(fields), Object.entries(HOSTILE))) {
        const { status, headers, html } = await who.post(action, { ...filled(fields), [name]: value });
        const seen = `${name} of ${action} with ${kind}`;
        expect(status, seen).toBeLessThan(500);
        expect(headers.get('content-type'), seen).toMatch(/^text\/html|^application\/x-ndjson/);
        expect(headers.getSetCookie().join(), seen).not.toContain('b=c');
        expect(html, seen).not.toMatch(/<img src=x/);
        // What ended the session is followed by another one.
        if (SIGNED_IN.includes(path) && who.cookie('sso') === undefined) who = await signedIn();
      }
    }
  });

  it.each(SIGNED_IN)('of %s is refused from another site', async (path) => {
    const who = await visitorOf(path);
    const { html } = await who.open(path);
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const { action, fields } of formsIn(html)) {
      const { status } = await who.post(action, filled(fields), headers);
      expect(status, action).toBe(403);
    }
    expect((await who.open('/account')).path).toBe('/account');
  });
});

/** With something in each field that is empty. */
function filled(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value || PLAUSIBLE]));
}

function pairs<A, B>(some: A[], others: B[]): [A, B][] {
  return some.flatMap((one) => others.map((other): [A, B] => [one, other]));
}

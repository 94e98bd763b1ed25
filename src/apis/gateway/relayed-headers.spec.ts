import { describe, expect, it } from 'vitest';
import { headersForClient, headersForUpstream, type RelayContext } from './relayed-headers.js';

const CONTEXT: RelayContext = {
  requestId: 'request-1',
  viaName: 'gatehouse-x',
  remoteAddress: '203.0.113.7',
  isTls: false,
  isTrusted: false,
  forwardsAuthorization: false,
  forwardsCookies: false,
  preservesHost: false,
  identity: [],
};

/** Names in lower case, with their values. */
function pairs(list: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (let position = 0; position < list.length; position += 2)
    found[list[position]!.toLowerCase()] = list[position + 1]!;
  return found;
}

function toUpstream(sent: Record<string, string>, context: Partial<RelayContext> = {}) {
  const raw = Object.entries(sent).flat();
  const headers = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return pairs(headersForUpstream(raw, headers, { ...CONTEXT, ...context }));
}

const isOfCors = (name: string) => name.startsWith('access-control-');

const toClient = (sent: [string, string][]) =>
  headersForClient(
    sent.flat().map((each) => Buffer.from(each, 'latin1')),
    'gatehouse-x',
  );

describe('the headers that an upstream gets', () => {
  it('are those of the client, as they were spelt', () => {
    const raw = ['Accept', 'text/html', 'X-Custom', 'a', 'x-custom', 'b', 'Host', 'gate.example'];
    const relayed = headersForUpstream(raw, { accept: 'text/html', host: 'gate.example' }, CONTEXT);
    expect(relayed.slice(0, 6)).toEqual(['Accept', 'text/html', 'X-Custom', 'a', 'x-custom', 'b']);
  });

  it('say who asked, through what, and under which id', () => {
    const relayed = toUpstream({ Host: 'gate.example' });
    expect(relayed).toEqual({
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'gate.example',
      'x-request-id': 'request-1',
      traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-00$/),
      via: '1.1 gatehouse-x',
    });
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Expect',
    'Forwarded',
    'X-Real-IP',
    'X-Forwarded-Prefix',
    'X-Forwarded-Server',
    'X-Forwarded-Port',
    'X-Gatehouse-Subject',
    'X-GATEHOUSE-anything',
    'X_Gatehouse_Subject',
    'X_Forwarded_For',
    'X_Real_IP',
  ])('never hold %s of the client', (name) => {
    expect(Object.values(toUpstream({ [name]: 'of the client', Host: 'a' }))).not.toContain('of the client');
  });

  it('hold nothing that Connection names, but for what frames the message', () => {
    const relayed = toUpstream({
      Connection: 'close, X-Secret, Content-Length',
      'X-Secret': 'a',
      'Content-Length': '5',
    });
    expect(relayed['x-secret']).toBeUndefined();
    expect(relayed['content-length']).toBe('5');
  });

  it('hold the credentials of the caller where the route says so alone', () => {
    const sent = {
      Authorization: 'Bearer x',
      Cookie: 'theme=dark; __Host-gatehouse_access=x; gatehouse_refresh=y; a=b',
      DPoP: 'proof',
    };
    const none = toUpstream(sent);
    expect([none['authorization'], none['cookie'], none['dpop']]).toEqual([undefined, undefined, undefined]);
    const both = toUpstream(sent, { forwardsAuthorization: true, forwardsCookies: true });
    expect(both['authorization']).toBe('Bearer x');
    expect(both['dpop']).toBe('proof');
    expect(both['cookie']).toBe('theme=dark; a=b');
    const ours = { Cookie: '__Host-gatehouse_access=x' };
    expect(toUpstream(ours, { forwardsCookies: true })['cookie']).toBeUndefined();
  });

  it('believe proxies that are trusted, and no one else', () => {
    const sent = {
      'X-Forwarded-For': '198.51.100.1',
      'X-Forwarded-Proto': 'http, https',
      'X-Forwarded-Host': 'public.example',
      Host: 'inner.example',
    };
    expect(toUpstream(sent)).toMatchObject({
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'inner.example',
    });
    expect(toUpstream(sent, { isTrusted: true })).toMatchObject({
      'x-forwarded-for': '198.51.100.1, 203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'public.example',
    });
    expect(toUpstream({ Host: 'a' }, { isTls: true })['x-forwarded-proto']).toBe('https');
  });

  it('go on with a trace that is one, and begin another else', () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const kept = toUpstream({ traceparent: trace, tracestate: 'a=b' });
    expect([kept['traceparent'], kept['tracestate']]).toEqual([trace, 'a=b']);
    for (const wrong of [
      'x',
      trace.toUpperCase(),
      trace.replace(/4bf.*736/, '0'.repeat(32)),
      `${trace}-more`,
    ]) {
      const fresh = toUpstream({ traceparent: wrong, tracestate: 'a=b' });
      expect(fresh['traceparent']).not.toBe(wrong);
      expect(fresh['tracestate']).toBeUndefined();
    }
  });

  it('add to Via, and keep Host where the upstream wants it', () => {
    const relayed = toUpstream({ Via: '1.0 edge', Host: 'a.example' }, { preservesHost: true });
    expect([relayed['via'], relayed['host']]).toEqual(['1.0 edge, 1.1 gatehouse-x', 'a.example']);
    expect(toUpstream({ Host: 'a.example' })['host']).toBeUndefined();
  });
});

describe('the headers that a client gets', () => {
  it('are those of the upstream, in their order, repeated ones too', () => {
    const sent: [string, string][] = [
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Latin', 'caf\u00e9'],
    ];
    expect(toClient(sent)).toEqual([...sent.flat(), 'via', '1.1 gatehouse-x']);
  });

  it.each(['Connection', 'Keep-Alive', 'Transfer-Encoding', 'Upgrade', 'Proxy-Authenticate', 'Trailer'])(
    'leave out %s, which is of one connection',
    (name) => {
      expect(toClient([[name, 'x']])).toEqual(['via', '1.1 gatehouse-x']);
    },
  );

  it.each(['Alt-Svc', 'Clear-Site-Data', 'Service-Worker-Allowed', 'X-Request-Id'])(
    'leave out %s, which is of the whole host',
    (name) => {
      expect(toClient([[name, 'x']])).toEqual(['via', '1.1 gatehouse-x']);
    },
  );

  it('leave out what Connection names, wherever that stands', () => {
    const relayed = toClient([
      ['X-One', '1'],
      ['Connection', 'x-one'],
      ['X-Two', '2'],
      ['connection', 'X-Two, keep-alive'],
      ['Content-Length', '3'],
    ]);
    expect(relayed).toEqual(['Content-Length', '3', 'via', '1.1 gatehouse-x']);
  });

  it('set no cookie that would be taken for one of this server', () => {
    for (const cookie of ['__Host-gatehouse_access=x', 'gatehouse_refresh=', ' __SECURE-gatehouse_refresh=y'])
      expect(toClient([['Set-Cookie', cookie]])).toEqual(['via', '1.1 gatehouse-x']);
    expect(toClient([['Set-Cookie', 'my_gatehouse_=x']])).toHaveLength(4);
  });

  it('leave out what the gateway says itself', () => {
    const raw = ['Access-Control-Allow-Origin', '*', 'ETag', '"1"'].map((each) => Buffer.from(each));
    expect(headersForClient(raw, 'gatehouse-x', isOfCors)).toEqual(['ETag', '"1"', 'via', '1.1 gatehouse-x']);
  });
});

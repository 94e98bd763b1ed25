import { describe, expect, it } from 'vitest';
import { toBase64, toBase64Url } from './bytes.js';
import { decode, type Defect } from './decoding.js';
import { readJson } from './json-reading.js';
import { say } from './messages.js';
import { HS256 } from './vectors/jose.js';

const HEAD = toBase64Url('{"alg":"HS256"}');
const SIGNATURE = toBase64Url(new Uint8Array(32));
const made = (payload: string | Uint8Array, header = HEAD) =>
  `${header}.${toBase64Url(payload)}.${SIGNATURE}`;
const shown = ({ part, at, byte, severity, note }: Defect) => [part, note.code, at, byte, severity];
const START = HEAD.length + 1;

describe('a broken token', () => {
  it.each([
    [
      'padding',
      `${HEAD}.eyJhIjoxfQ==.${SIGNATURE}`,
      ['payload', 'padding', START + 10, undefined, 'warning'],
    ],
    [
      'a line feed',
      `${HEAD}.eyJh\nIjoxfQ.${SIGNATURE}`,
      ['payload', 'base64-space', START + 4, undefined, 'warning'],
    ],
    [
      'no base64',
      `${HEAD}.ey*JhIjoxfQ.${SIGNATURE}`,
      ['payload', 'base64-character', START + 2, undefined, 'error'],
    ],
    [
      'bits too many',
      `${HEAD}.eyJhIjoxfR.${SIGNATURE}`,
      ['payload', 'base64-bits', START + 9, undefined, 'warning'],
    ],
    ['a byte order mark', made('\uFEFF{"a":1}'), ['payload', 'bom', START, 0, 'error']],
    ['a name twice', made('{"a":1,"a":2}'), ['payload', 'json-duplicate', START + 9, 7, 'warning']],
    [
      'a name twice within',
      made('{"ü":{"b":1,"b":2}}'),
      ['payload', 'json-duplicate', START + 17, 13, 'warning'],
    ],
    ['JSON that was cut off', made('{"a":1,"b'), ['payload', 'json-end', START + 12, 9, 'error']],
    ['a comma too many', made('{"a":1,}'), ['payload', 'json-syntax', START + 9, 7, 'error']],
    ['other quotes', made("{'a':1}"), ['payload', 'json-syntax', START + 1, 1, 'error']],
    ['what follows', made('{"a":1} x'), ['payload', 'json-trailing', START + 10, 8, 'error']],
    [
      'a long number',
      made('{"a":12345678901234567890}'),
      ['payload', 'json-precision', START + 6, 5, 'warning'],
    ],
    [
      'no UTF-8',
      made(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      ['payload', 'utf8', START + 2, 2, 'error'],
    ],
    ['an array', made('[1]'), ['payload', 'json-not-object', START, 0, 'error']],
    ['200 levels', made('{"a":'.repeat(201)), ['payload', 'json-depth', START + 1333, 1000, 'error']],
    ['an empty payload', `${HEAD}..${SIGNATURE}`, ['payload', 'part-empty', START, undefined, 'error']],
    [
      'no signature',
      `${HEAD}.eyJhIjoxfQ.`,
      ['signature', 'signature-missing', START + 11, undefined, 'error'],
    ],
    ['one part', HEAD, ['token', 'part-missing', 0, undefined, 'error']],
    ['two parts', `${HEAD}.eyJhIjoxfQ`, ['token', 'part-missing', 0, undefined, 'error']],
    ['four parts', `${HEAD}.eyJhIjoxfQ.${SIGNATURE}.x`, ['token', 'part-extra', 0, undefined, 'error']],
    [
      'a broken header',
      `${toBase64Url('{"typ":"JWT"')}.e30.${SIGNATURE}`,
      ['header', 'json-end', 16, 12, 'error'],
    ],
    [
      'a signature on none',
      `${toBase64Url('{"alg":"none"}')}.e30.c2ln`,
      ['signature', 'signature-on-none', 24, undefined, 'error'],
    ],
  ] as [string, string, unknown[]][])('%s is shown where it is', (_, token, expected) => {
    expect(decode(token).defects.map(shown)).toEqual([expected]);
  });

  it('may be cut off inside of a part, or have a letter that looks like another', () => {
    expect(decode(`${HEAD}.eyJhI.${SIGNATURE}`).defects.map(shown)).toEqual([
      ['payload', 'base64-length', START + 4, undefined, 'error'],
      ['payload', 'json-end', START + 4, 3, 'error'],
    ]);
    const { defects, claims } = decode(`${HEAD}.eyJhIjoxLCJiIjoхfQ.${SIGNATURE}`);
    expect(defects.map(shown)[0]).toEqual(['payload', 'base64-character', START + 15, undefined, 'error']);
    expect(say(defects[0]!.note)).toBe('U+0445 is no character of base64url');
    expect(claims).toMatchObject({ a: 1 });
  });

  it.each([
    ['HS256', 31, 'signature-length'],
    ['ES256', 70, 'signature-der'],
    ['ES256', 63, 'signature-length'],
    ['EdDSA', 65, 'signature-length'],
  ])('says that no signature of %s has %d bytes', (alg, length, code) => {
    const signature = toBase64Url(new Uint8Array(length).fill(code === 'signature-der' ? 0x30 : 1));
    const token = `${toBase64Url(JSON.stringify({ alg }))}.e30.${signature}`;
    expect(decode(token).defects.map(({ note }) => note.code)).toEqual([code]);
  });

  it('shows each kind of defect at its first place', () => {
    const payload = toBase64('{"a":"???>>>???"}');
    expect(payload).toMatch(/[+/].*[+/].*=$/);
    expect(decode(`${HEAD}.${payload}.${SIGNATURE}`).defects.map(shown)).toEqual([
      ['payload', 'base64-alphabet', START + payload.search(/[+/]/), undefined, 'warning'],
      ['payload', 'padding', START + payload.indexOf('='), undefined, 'warning'],
    ]);
  });

  it('shows what decodes all the same', () => {
    expect(decode(made('{"a":1,"b":{"c":[1,2')).claims).toEqual({ a: 1, b: { c: [1, 2] } });
    expect(decode(`${HEAD}.eyJhIjoxfQ==`)).toMatchObject({
      kind: 'jws',
      header: { alg: 'HS256' },
      claims: { a: 1 },
    });
    expect(decode(`broken.${toBase64Url('{"sub":"ada"}')}.x`)).toMatchObject({
      kind: 'jws',
      claims: { sub: 'ada' },
    });
  });

  it.each(['', 'x', '...', '~', '~~~', '.~.', 'é', '😀.😀.😀', '\u202e', '\0'.repeat(9), 'a'.repeat(72)])(
    'is not made of %j',
    (text) => {
      expect(decode(text)).toMatchObject({ kind: 'opaque', defects: [{ note: { code: 'not-a-token' } }] });
    },
  );

  it('is cut off anywhere, and never fails', () => {
    for (let length = 0; length < HS256.token.length; length++) {
      const { defects } = decode(HS256.token.slice(0, length));
      expect(defects.length, String(length)).toBeGreaterThan(0);
      for (const { note } of defects) expect(say(note)).not.toMatch(/\{|undefined/);
    }
  });

  it('has names that every object has', () => {
    const { claims } = decode(made('{"__proto__":{"admin":true},"constructor":1,"toString":2}'));
    expect(Object.keys(claims!)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('may have a payload that is not encoded (RFC 7797)', () => {
    const header = toBase64Url('{"alg":"HS256","b64":false,"crit":["b64"]}');
    expect(decode(`${header}.{"a":1}.${SIGNATURE}`)).toMatchObject({ claims: { a: 1 }, defects: [] });
  });
});

describe('reading JSON', () => {
  it.each([
    '{}',
    '[]',
    '"\\ud83d\\ude00 \\u00e9 \\" \\\\ \\/ \\b\\f\\n\\r\\t"',
    '{"a":[1,-2.5e+3,true,false,null,{"b":""}]}',
    ' \t\r\n{ "a" : 0 } ',
    '-0',
    '1e-7',
    '"\\ud800"',
    '"é😀"',
    '{"":1}',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(readJson(text)).toEqual({ value: JSON.parse(text), findings: [] });
  });

  it.each([
    '',
    '{',
    '{"a"',
    '{"a":',
    '[1',
    '[1,',
    '"a',
    '"\\',
    '"\\u12',
    'tru',
    '01',
    '1.',
    '+1',
    '.5',
    'NaN',
    '{a:1}',
    '"\n"',
    '"\\x"',
    '{"a" 1}',
    '[1 2]',
    '\u00a01',
  ])('finds a mistake in %j, as JSON.parse does', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(readJson(text).findings).toHaveLength(1);
  });

  it('reports no more than a person reads', () => {
    const twice = `{${Array.from({ length: 5_000 }, () => '"a":1').join(',')}}`;
    expect(readJson(twice).findings).toHaveLength(50);
  });
});

describe('a large token', () => {
  const claims = (bytes: number) =>
    JSON.stringify({
      sub: 'ada',
      groups: Array.from({ length: bytes / 40 }, (_, n) => `${n}:${'é'.repeat(16)}`),
    });

  it.each([
    ['16 kB', 12_000, 50],
    ['1 MB', 750_000, 200],
  ])('of %s is decoded in time', (_, bytes, most) => {
    const token = made(claims(bytes));
    decode(token);
    const started = process.cpuUsage();
    const { claims: read, defects } = decode(token);
    const { user, system } = process.cpuUsage(started);
    expect(read).toMatchObject({ sub: 'ada' });
    expect(defects).toEqual([]);
    expect((user + system) / 1000).toBeLessThan(most);
  });

  it('with a mistake on every line stays quick', () => {
    const broken = claims(750_000).replaceAll('"sub"', '"a":1,"a":2,"sub"');
    const started = process.cpuUsage();
    decode(`${HEAD}.${toBase64(broken).replaceAll('A', '+')}.${SIGNATURE}`);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(1_000);
  });
});

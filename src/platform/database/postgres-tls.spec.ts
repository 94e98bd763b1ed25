import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresAddress } from './postgres-tls.js';

const BASE = 'postgres://ada:secret@db.example:5432/gatehouse';

const tls = (query: string) => postgresAddress(`${BASE}?${query}`).tls;

describe('TLS to PostgreSQL', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    for (const name of ['root.crt', 'client.crt', 'client.key']) writeFileSync(path(name), `the ${name}`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is left to the driver where nothing is said', () => {
    expect(postgresAddress(BASE)).toEqual({ url: BASE, tls: undefined });
    const url = `${BASE}?application_name=a`;
    expect(postgresAddress(url)).toEqual({ url, tls: undefined });
  });

  it('takes its parameters out of the URL, and no others', () => {
    const { url } = postgresAddress(`${BASE}?sslmode=require&application_name=a&sslrootcert=system`);
    expect(url).toBe(`${BASE}?application_name=a`);
  });

  it.each([
    ['disable', false],
    ['prefer', { rejectUnauthorized: false }],
    ['require', { rejectUnauthorized: false }],
    ['verify-full', {}],
  ])('by sslmode=%s', (mode, expected) => {
    expect(tls(`sslmode=${mode}`)).toEqual(expected);
  });

  it('verifies all where a certificate is given without a mode', () => {
    expect(tls(`sslrootcert=${path('root.crt')}`)).toEqual({ ca: 'the root.crt' });
  });

  it.each(['require', 'verify-ca'])('verifies the chain, and not the name, with a root for %s', (mode) => {
    const { checkServerIdentity, ...options } = tls(`sslmode=${mode}&sslrootcert=${path('root.crt')}`) as {
      checkServerIdentity: () => unknown;
    };
    expect(options).toEqual({ ca: 'the root.crt' });
    expect(checkServerIdentity()).toBeUndefined();
  });

  it.each(['', '&sslrootcert=system'])('cannot verify the chain with nothing of the operator%s', (more) => {
    expect(() => tls(`sslmode=verify-ca${more}`)).toThrow('needs an sslrootcert');
  });

  it('sends a certificate of ours', () => {
    expect(tls(`sslmode=require&sslcert=${path('client.crt')}&sslkey=${path('client.key')}`)).toEqual({
      cert: 'the client.crt',
      key: 'the client.key',
      rejectUnauthorized: false,
    });
  });

  it('names a file that is not there', () => {
    expect(() => tls(`sslrootcert=${path('gone.crt')}`)).toThrow(path('gone.crt'));
  });
});

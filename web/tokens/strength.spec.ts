import { describe, expect, it } from 'vitest';
import type { Algorithm } from './algorithms.js';
import { bytesOf, toBase64Url } from './bytes.js';
import { isWellKnown, strengthNotes } from './strength.js';

const HS256 = { name: 'HS256', kty: 'oct', hashBits: 256 } as Algorithm;
const RS256 = { name: 'RS256', kty: 'RSA', hashBits: 256 } as Algorithm;
const secret = (text: string) => ({ kty: 'oct', k: toBase64Url(bytesOf(text)) });
const modulus = (bytes: number) => ({
  kty: 'RSA',
  n: toBase64Url(new Uint8Array(bytes).fill(255)),
  e: 'AQAB',
});
const codes = (...[algorithm, key]: Parameters<typeof strengthNotes>) =>
  strengthNotes(algorithm, key).map(({ code }) => code);

describe('a secret', () => {
  it('is as long as the hash, or it is said how short it is', () => {
    expect(strengthNotes(HS256, secret('x'.repeat(31)))).toEqual([
      { code: 'short-secret', values: { bits: 248, alg: 'HS256', least: 256 } },
    ]);
    expect(codes(HS256, secret('x'.repeat(32)))).toEqual([]);
  });

  it.each([
    ['a public key in PEM', `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}`],
    ['one of PKCS #1', `-----BEGIN RSA PUBLIC KEY-----\n${'A'.repeat(64)}`],
    ['a certificate', `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}`],
    ['a key of SSH', `ssh-ed25519 ${'A'.repeat(64)}`],
    ['a public JWK', ` {"kty" : "EC", "x": "${'A'.repeat(43)}"}`],
  ])('must not be %s, which an attacker knows', (_, text) => {
    expect(codes(HS256, secret(text))).toEqual(['secret-is-public']);
  });

  it.each([
    ['a private key', `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}`],
    ['a symmetric JWK', `{"kty":"oct","k":"${'A'.repeat(43)}"}`],
    ['a text that names a public key', `see the PUBLIC KEY ${'A'.repeat(43)}`],
  ])('may be %s', (_, text) => {
    expect(codes(HS256, secret(text))).toEqual([]);
  });

  it('may be bytes that are no text', () => {
    expect(codes(HS256, { kty: 'oct', k: toBase64Url(new Uint8Array(32).fill(255)) })).toEqual([]);
  });

  it.each(['secret', 'your-256-bit-secret', ''])('is well known when it is %j', (text) => {
    expect(isWellKnown(secret(text))).toBe(true);
  });

  it('is not well known because it looks like one, nor is a key of another kind', () => {
    expect(isWellKnown(secret('secret '))).toBe(false);
    expect(isWellKnown({ kty: 'oct', k: toBase64Url(new Uint8Array([255])) })).toBe(false);
    expect(isWellKnown({ ...secret('secret'), kty: 'RSA' })).toBe(false);
  });
});

describe('an RSA key', () => {
  it('has 2048 bits or more (RFC 7518 §3.3)', () => {
    expect(codes(RS256, modulus(256))).toEqual([]);
    expect(strengthNotes(RS256, modulus(255))).toEqual([
      { code: 'short-rsa', values: { bits: 2040, alg: 'RS256' } },
    ]);
    expect(codes(RS256, { kty: 'RSA' })).toEqual(['short-rsa']);
  });
});

import { sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SigningKeysService } from '../../src/tokens/signing-keys.service.js';
import type { TestApp } from './app.js';

/** A signing key as `GET /v1/keys` shows it. */
export interface ShownKey {
  kid: string;
  alg: string;
  stage: 'next' | 'current' | 'previous';
  createdAt: string;
  activatedAt: string | null;
  expiresAt: string | null;
}

type Json = Record<string, any>;

/** The header and the claims of a token, unverified. */
export function decoded(token: string): { header: Json; claims: Json } {
  const [header, claims] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { header, claims };
}

/** A token with this header and these claims, whose signature the key makes as ES256. */
export function signedES256(header: object, claims: object, key: KeyObject): string {
  const body = [header, claims].map((part) => encoded(JSON.stringify(part))).join('.');
  const signature = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' });
  return `${body}.${signature.toString('base64url')}`;
}

/** A good token of the server's own, but for what `changes` says. */
export function forged(app: TestApp, token: string, changes: { header?: object; claims?: object }): string {
  const { header, claims } = decoded(token);
  const { privateKey } = app.nest.get(SigningKeysService).current;
  return signedES256({ ...header, ...changes.header }, { ...claims, ...changes.claims }, privateKey);
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** What anybody can read at the JWKS. */
export async function jwksOf(app: TestApp): Promise<(JsonWebKey & { kid: string; alg: string })[]> {
  return (await app.as.anonymous().get('/.well-known/jwks.json')).body.keys;
}

/** The service's own check, which runs every minute. */
export async function lookAgain(app: TestApp): Promise<void> {
  await (app.nest.get(SigningKeysService) as unknown as { lookAgain: () => Promise<void> }).lookAgain();
}

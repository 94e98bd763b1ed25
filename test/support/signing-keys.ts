import { sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SigningKeysService } from '../../src/tokens/keys/signing-keys.service.js';
import { canonicalSignature } from '../../src/tokens/access-tokens/ecdsa-spelling.js';
import { afterEach, beforeEach, expect } from 'vitest';
import { startApp, type TestApp } from './app.js';
import type { Answer } from './client.js';
import { clock } from './clock.js';
import { KeyRotationService } from '../../src/tokens/keys/key-rotation.service.js';

/** A signing key as `GET /v1/keys` shows it. */
export interface ShownKey {
  kid: string;
  alg: string;
  stage: 'next' | 'current' | 'previous';
  createdAt: string;
  activatedAt: string | null;
  expiresAt: string | null;
}

/** A row of the table of signing keys. */
export interface StoredKey {
  kid: string;
  stage: string;
  sealed_private_key: string;
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
  return `${body}.${canonicalSignature('ES256', signature).toString('base64url')}`;
}

/** A good token of the server's own, but for what `changes` says. */
export function forged(app: TestApp, token: string, changes: { header?: object; claims?: object }): string {
  const { header, claims } = decoded(token);
  const { privateKey } = app.nest.get(SigningKeysService).current;
  return signedES256({ ...header, ...changes.header }, { ...claims, ...changes.claims }, privateKey);
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A token signed with ES256 with `n - s` for `s` in its signature, which any library verifies too. */
export function secondSpelling(token: string): string {
  const [header, claims, signature] = token.split('.');
  const bytes = Buffer.from(signature!, 'base64url');
  const s = P256_ORDER - BigInt(`0x${bytes.toString('hex', 32)}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return [header, claims, other.toString('base64url')].join('.');
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** What is published at the JWKS. */
export async function jwksOf(app: TestApp): Promise<(JsonWebKey & { kid: string; alg: string })[]> {
  return (await app.as.anonymous().get('/.well-known/jwks.json')).body.keys;
}

/** The service's own check, which runs every minute. */
export async function lookAgain(app: TestApp): Promise<void> {
  await (app.nest.get(KeyRotationService) as unknown as { lookAgain: () => Promise<void> }).lookAgain();
}

/** A server of each test's own, whose clock stands still, and its signing keys. */
export function useKeyring(started: (app: TestApp) => void) {
  let app: TestApp;

  beforeEach(async () => {
    clock.stop();
    app = await startApp();
    started(app);
  });
  afterEach(async () => {
    clock.release();
    await app.close();
  });
  return keyring(() => app);
}

/** The signing keys of a server, as its admin sees and rotates them. */
export function keyring(server: () => TestApp) {
  async function keys(): Promise<ShownKey[]> {
    const { status, body } = await (await server().as.admin()).get('/v1/keys');
    expect(status).toBe(200);
    return body.items;
  }

  async function kidOf(stage: ShownKey['stage']): Promise<string> {
    const found = (await keys()).filter((key) => key.stage === stage);
    expect(found).toHaveLength(1);
    return found[0]!.kid;
  }

  async function rotate(body?: object): Promise<Answer> {
    return (await server().as.admin()).post('/v1/keys/rotate', body);
  }

  async function stages(): Promise<string[]> {
    return (await keys()).map(({ stage }) => stage);
  }

  /** Rows, straight from the database. */
  function stored(): Promise<StoredKey[]> {
    return server().database.query<StoredKey>('SELECT * FROM signing_keys');
  }

  return { keys, kidOf, rotate, stages, stored };
}

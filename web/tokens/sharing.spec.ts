import { describe, expect, it } from 'vitest';
import { readFragment, shareLink } from './sharing.js';
import { ES256, HS256, JWE } from './vectors/jose.js';

describe('a link', () => {
  it.each(['token', 'id_token', 'access_token', 'value'])('of jwt.io with #%s is read', (name) => {
    expect(readFragment(`#${name}=${HS256.token}`)).toEqual({ token: HS256.token, publicKey: undefined });
  });

  it('of jwt.io with a public key, or of the old kind, is read', () => {
    expect(readFragment('#token=a.b.c&publicKey=x%2By')).toEqual({ token: 'a.b.c', publicKey: 'x+y' });
    expect(readFragment('#debugger-io?token=a.b.c')?.token).toBe('a.b.c');
    for (const none of ['', '#', '#other=1', '#token=']) expect(readFragment(none)).toBeUndefined();
  });

  it('leaves the signature out unless it is asked for', () => {
    const page = 'https://id.example/tokens';
    const [head, payload] = ES256.token.split('.');
    expect(readFragment(new URL(shareLink(page, ES256.token)).hash)?.token).toBe(`${head}.${payload}.`);
    const full = new URL(shareLink(page, ES256.token, { withSignature: true, publicKey: 'k' }));
    expect(readFragment(full.hash)).toEqual({ token: ES256.token, publicKey: 'k' });
    expect(full.search).toBe('');
    expect(readFragment(new URL(shareLink(page, JWE.token)).hash)?.token).toBe(JWE.token);
  });
});

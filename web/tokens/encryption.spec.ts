import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { decode } from './decoding.js';
import { decrypt } from './encryption.js';
import { generateKey, writeKey } from './key-writing.js';
import { HS256 } from './vectors/jose.js';

describe('encrypted tokens', () => {
  it.each([
    ['dir', 'A128GCM', 'A'.repeat(22)],
    ['A256KW', 'A256CBC-HS512', 'A'.repeat(43)],
  ])('%s with %s opens what is inside', async (alg, enc, k) => {
    const { CompactEncrypt } = await import('jose');
    const key = { kty: 'oct', k };
    const token = await new CompactEncrypt(new TextEncoder().encode(HS256.token))
      .setProtectedHeader({ alg, enc, cty: 'JWT' })
      .encrypt(Buffer.from(k, 'base64url'));
    const opened = await decrypt(decode(token), [{ jwk: key, readAs: { code: 'key-as-utf8' }, chain: [] }]);
    expect(decode(opened.plaintext!)).toMatchObject({ claims: { iss: 'joe' } });
  });

  it.each(['RSA-OAEP-256', 'ECDH-ES+A128KW', 'PBES2-HS256+A128KW'])('%s', async (alg) => {
    const { CompactEncrypt, generateKeyPair, exportJWK } = await import('jose');
    const isPassword = alg.startsWith('PBES2');
    const pair = isPassword ? undefined : await generateKeyPair(alg, { extractable: true });
    const secret = new TextEncoder().encode('correct horse');
    const token = await new CompactEncrypt(new TextEncoder().encode('hello'))
      .setProtectedHeader({ alg, enc: 'A128GCM' })
      .encrypt(pair?.publicKey ?? secret);
    const jwk = pair
      ? { ...(await exportJWK(pair.privateKey)), use: 'sig', key_ops: ['x'] }
      : { kty: 'oct', k: toBase64Url(secret) };
    const opened = await decrypt(decode(token), [
      { jwk: jwk as never, readAs: { code: 'key-as-utf8' }, chain: [] },
    ]);
    expect(opened).toMatchObject({ state: 'decrypted', plaintext: 'hello' });
  });

  it('says what it cannot open', async () => {
    const header = toBase64Url('{"alg":"RSA1_5","enc":"A128GCM"}');
    const { jwk } = await writeKey(await generateKey('RS256'));
    const opened = await decrypt(decode(`${header}.AAAA.AAAA.AAAA.AAAA`), [
      { jwk, readAs: { code: 'key-as-utf8' }, chain: [] },
    ]);
    expect(opened).toMatchObject({ state: 'unchecked', note: { code: 'enc-unsupported' } });
  });
});

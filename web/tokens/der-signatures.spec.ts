import { createSign, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.js';
import { p1363Of } from './der-signatures.js';

const read = (hex: string, coordinate: number) => {
  const both = p1363Of(fromHex(hex), coordinate);
  return both && toHex(both);
};

describe('a signature in DER', () => {
  it('becomes r and s, each filled up to the length of the curve', () => {
    expect(read('3006020101020102', 2)).toBe('00010002');
  });

  it('loses the zeros that keep its numbers positive', () => {
    expect(read('3008020200ff020200fe', 1)).toBe('fffe');
  });

  it.each([
    ['what is no sequence', '3106020101020102'],
    ['one number', '3003020101'],
    ['no numbers', '3000'],
    ['a number longer than the curve', '30080203010203020101'],
    ['a signature that is cut off', '30060201010201'],
    ['a length that nothing has', '308501010101ff'],
    ['no bytes', ''],
  ])('is not read from %s', (_, hex) => {
    expect(read(hex, 2)).toBeUndefined();
  });

  it.each([
    ['P-256', 'sha256', 32],
    ['P-384', 'sha384', 48],
    ['P-521', 'sha512', 66],
  ])('of Node is verified as JWS has it: %s', (namedCurve, hash, coordinate) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const der = createSign(hash).update('text').sign(privateKey);
    const both = p1363Of(Uint8Array.from(der), coordinate)!;
    expect(both).toHaveLength(2 * coordinate);
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify(hash, Buffer.from('text'), key, both)).toBe(true);
    expect(verify(hash, Buffer.from('other'), key, both)).toBe(false);
  });
});

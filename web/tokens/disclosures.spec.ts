import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { decode } from './decoding.js';
import { disclose } from './disclosures.js';

const disclosure = (...parts: unknown[]) => toBase64Url(JSON.stringify(parts));
const digest = (raw: string, hash = 'sha256') => createHash(hash).update(raw).digest('base64url');

function token(claims: object, ...shown: string[]) {
  const parts = [{ alg: 'ES256' }, claims].map((each) => toBase64Url(JSON.stringify(each)));
  return decode([`${parts.join('.')}.${toBase64Url(new Uint8Array(64))}`, ...shown, ''].join('~'));
}
async function disclosed(claims: object, ...shown: string[]) {
  const result = await disclose(token(claims, ...shown));
  return {
    claims: result.claims,
    hidden: result.hidden,
    paths: result.disclosures.map(({ path }) => path),
    problems: result.problems.map(({ code }) => code),
  };
}

const NAME = disclosure('salt', 'given_name', 'Ada');

describe('claims that are disclosed one by one', () => {
  it('stand where their digest stood', async () => {
    expect(await disclosed({ _sd: [digest(NAME)], iss: 'i' }, NAME)).toEqual({
      claims: { iss: 'i', given_name: 'Ada' },
      hidden: 0,
      paths: ['given_name'],
      problems: [],
    });
  });

  it('are counted where they are held back', async () => {
    expect(await disclosed({ _sd: [digest(NAME), 'decoy', 5], iss: 'i' })).toEqual({
      claims: { iss: 'i' },
      hidden: 3,
      paths: [],
      problems: [],
    });
  });

  it('may hold others', async () => {
    const street = disclosure('s1', 'street', 'Main St');
    const address = disclosure('s2', 'address', { _sd: [digest(street)], country: 'UK' });
    expect(await disclosed({ _sd: [digest(address)] }, street, address)).toEqual({
      claims: { address: { country: 'UK', street: 'Main St' } },
      hidden: 0,
      paths: ['address.street', 'address'],
      problems: [],
    });
  });

  it('may be elements of a list, of which those held back are not there', async () => {
    const de = disclosure('s1', 'DE');
    const claims = { nationalities: [{ '...': digest(de) }, { '...': 'decoy' }, 'UK', { plain: true }] };
    expect(await disclosed(claims, de)).toEqual({
      claims: { nationalities: ['DE', 'UK', { plain: true }] },
      hidden: 1,
      paths: ['nationalities[0]'],
      problems: [],
    });
  });

  it.each([
    ['sha-384', 'sha384'],
    ['sha-512', 'sha512'],
  ])('have digests by the hash that _sd_alg names: %s', async (name, hash) => {
    const { claims, problems } = await disclosed({ _sd: [digest(NAME, hash)], _sd_alg: name }, NAME);
    expect({ claims, problems }).toEqual({ claims: { given_name: 'Ada' }, problems: [] });
  });

  it('are not read with a hash that is not known', async () => {
    const claims = { _sd: [digest(NAME)], _sd_alg: 'md5' };
    expect(await disclosed(claims, NAME)).toEqual({ claims, hidden: 0, paths: [], problems: ['sd-alg'] });
  });
});

describe('a disclosure that is wrong', () => {
  it('belongs to no digest', async () => {
    expect(await disclosed({ iss: 'i' }, NAME)).toMatchObject({
      claims: { iss: 'i' },
      problems: ['sd-unreferenced'],
    });
  });

  it('is presented twice', async () => {
    const { claims, problems } = await disclosed({ _sd: [digest(NAME)] }, NAME, NAME);
    expect({ claims, problems }).toEqual({ claims: { given_name: 'Ada' }, problems: ['sd-duplicate'] });
  });

  it('has a name that is there already, and does not overwrite it', async () => {
    const { claims, problems } = await disclosed({ _sd: [digest(NAME)], given_name: 'Eve' }, NAME);
    expect({ claims, problems }).toEqual({ claims: { given_name: 'Eve' }, problems: ['sd-conflict'] });
  });

  it.each(['_sd', '...'])('has the reserved name %s', async (name) => {
    const raw = disclosure('salt', name, 'x');
    const { claims, problems } = await disclosed({ _sd: [digest(raw)] }, raw);
    expect({ claims, problems }).toEqual({ claims: {}, problems: ['sd-reserved'] });
  });

  it.each([
    ['one part', disclosure('salt')],
    ['four parts', disclosure('salt', 'a', 'b', 'c')],
    ['a name that is no text', disclosure('salt', 5, 'b')],
    ['an object', toBase64Url('{"a":1}')],
    ['no JSON', toBase64Url('nothing')],
  ])('is %s', async (_, raw) => {
    const { claims, problems } = await disclosed({ _sd: [digest(raw)] }, raw);
    expect(claims).toEqual({});
    expect(problems).toContain('sd-malformed');
  });

  it('is named in two places, and put into one, or it could contain itself', async () => {
    const { claims } = await disclosed({ _sd: [digest(NAME)], other: { _sd: [digest(NAME)] } }, NAME);
    expect(JSON.stringify(claims).match(/Ada/g)).toHaveLength(1);
  });

  it('is of an object, in a list, and is left out of it', async () => {
    const { claims } = await disclosed({ list: [{ '...': digest(NAME) }] }, NAME);
    expect(claims).toEqual({ list: [] });
  });
});

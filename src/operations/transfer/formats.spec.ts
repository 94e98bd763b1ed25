import { describe, expect, it } from 'vitest';
import { formatNamed } from './formats.js';

const lineOf = (...[name, hashing]: Parameters<typeof formatNamed>) => formatNamed(name, hashing).lineOf;

describe('a user of Auth0', () => {
  const line = lineOf('auth0');

  it('has its members under our names', () => {
    expect(
      line({
        email: 'a@b.example',
        email_verified: true,
        name: 'Ada',
        blocked: false,
        passwordHash: '$2b$…',
      }),
    ).toEqual({ email: 'a@b.example', verified: true, name: 'Ada', status: 'active', passwordHash: '$2b$…' });
  });

  it('has no name where that is the address', () => {
    expect(line({ email: 'a@b.example', name: 'a@b.example' })).toEqual({ email: 'a@b.example' });
  });

  it('may have the address among its identifiers alone', () => {
    const identifiers = [
      { type: 'phone', value: '+1' },
      { type: 'email', value: 'a@b.example', verified: true },
    ];
    expect(line({ identifiers })).toEqual({ email: 'a@b.example', verified: true });
    expect(line({ email: 'c@d.example', identifiers })).toEqual({ email: 'c@d.example' });
    expect(line({ email: 'a@b.example', email_verified: false, identifiers })).toEqual({
      email: 'a@b.example',
      verified: false,
    });
  });

  it.each([[null], ['a'], [[null, 5, {}, { type: 'email' }]]])(
    'is not read from identifiers of %j',
    (identifiers) => {
      expect(line({ identifiers })).toEqual({ email: undefined });
    },
  );

  it('keeps what is not understood, for its check to refuse', () => {
    expect(line({ email: 5, blocked: 'yes' })).toEqual({ email: 5, status: 'yes' });
    expect(line({ email: 'a@b.example', blocked: true })).toMatchObject({ status: 'disabled' });
  });
});

describe('a user of Keycloak', () => {
  const line = lineOf('keycloak');
  const withPassword = (credentialData: object, secretData: object = { value: 'dmFs', salt: 'c2Fs' }) =>
    (
      line({
        email: 'a@b.example',
        credentials: [
          { type: 'otp', secretData: '{}' },
          {
            type: 'password',
            secretData: JSON.stringify(secretData),
            credentialData: JSON.stringify(credentialData),
          },
        ],
      }) as { passwordHash: unknown }
    ).passwordHash;

  it('has its members under our names', () => {
    const found = {
      email: 'a@b.example',
      firstName: 'Ada',
      lastName: 'Lovelace',
      enabled: true,
      emailVerified: true,
    };
    expect(line(found)).toEqual({
      email: 'a@b.example',
      name: 'Ada Lovelace',
      status: 'active',
      verified: true,
    });
    expect(line({ email: 'a@b.example', firstName: '', lastName: 'Lovelace', enabled: false })).toEqual({
      email: 'a@b.example',
      name: 'Lovelace',
      status: 'disabled',
    });
  });

  it.each([
    ['pbkdf2', '$pbkdf2-sha1$i=27500$c2Fs$dmFs'],
    ['pbkdf2-sha256', '$pbkdf2-sha256$i=27500$c2Fs$dmFs'],
    ['pbkdf2-sha512', '$pbkdf2-sha512$i=27500$c2Fs$dmFs'],
  ])('has a hash of %s', (algorithm, hash) => {
    expect(withPassword({ algorithm, hashIterations: 27_500 })).toBe(hash);
  });

  it('has a hash of argon2', () => {
    const additionalParameters = { type: ['id'], version: ['1.3'], memory: ['7168'], parallelism: ['1'] };
    expect(withPassword({ algorithm: 'argon2', hashIterations: 5, additionalParameters })).toBe(
      '$argon2id$v=19$m=7168,t=5,p=1$c2Fs$dmFs',
    );
  });

  it('has a hash that its check refuses, where the algorithm is not known', () => {
    expect(withPassword({ algorithm: 'md5', hashIterations: 1 })).toBe('md5$1$c2Fs$dmFs');
    expect(line({ email: 'a', credentials: [{ type: 'password', secretData: 'no JSON' }] })).toEqual({
      email: 'a',
      passwordHash: 'undefined$undefined$undefined$undefined',
    });
  });

  it('has none without a password', () => {
    expect(line({ email: 'a', credentials: [null, { type: 'otp' }] })).toEqual({ email: 'a' });
    expect(line({ email: 'a', credentials: 'none' })).toEqual({ email: 'a' });
  });
});

describe('a user of Firebase', () => {
  const HASHING = { signerKey: 'c2ln', saltSeparator: 'Bw==', rounds: 8, memoryCost: 14 };
  const found = {
    email: 'a@b.example',
    displayName: 'Ada',
    disabled: true,
    passwordHash: 'aGFz',
    salt: 'c2Fs=',
  };

  it('has its members under our names, and a hash once it is said how they are made', () => {
    const line = { email: 'a@b.example', name: 'Ada', status: 'disabled' };
    expect(lineOf('firebase')(found)).toEqual(line);
    expect(lineOf('firebase', HASHING)(found)).toEqual({
      ...line,
      passwordHash: '$firebase-scrypt$ln=14,r=8$c2Fs$Bw$c2ln$aGFz',
    });
  });

  it('has no hash without one', () => {
    expect(lineOf('firebase', HASHING)({ email: 'a@b.example' })).toEqual({ email: 'a@b.example' });
  });
});

it('a line of our own stays as it is', () => {
  const found = { email: 'a@b.example', anything: [1] };
  expect(lineOf('gatehouse' as never)(found)).toBe(found);
});

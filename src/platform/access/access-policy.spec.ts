import { afterEach, describe, expect, it } from 'vitest';
import { clock } from '../../../test/support/clock.js';
import { refusalOf, type AccessPolicy } from './access-policy.js';
import { stepUpPolicy } from './authentication-context.js';
import type { Principal } from './principal.js';

const NOW = new Date('2026-11-30T12:00:00Z');
const POLICY: AccessPolicy = {
  isPublic: false,
  roles: [],
  scopes: [],
  optionalScopes: [],
  isSessionOnly: false,
  stepUp: undefined,
  strategy: undefined,
  takesOutdated: false,
  isClientAuthenticated: false,
  isFirstPartyOnly: false,
  resource: undefined,
  isDeclared: true,
};
const USER: Principal = {
  kind: 'user',
  id: 'u',
  sessionId: 's',
  roles: ['user'],
  scopes: ['things:read', 'things:write'],
  authenticatedAt: NOW,
  amr: ['pwd'],
  expiresAt: new Date('2026-11-30T12:15:00Z'),
};
const KEY: Principal = { ...USER, kind: 'api-key', sessionId: null, keyId: 'k', roles: [] };
const DELEGATED: Principal = { ...USER, clientId: 'app', isDelegated: true, roles: [] };

/** The name of the refusal; `undefined` for who may pass. */
const refused = (policy: Partial<AccessPolicy>, principal: Principal | undefined = USER) =>
  refusalOf({ ...POLICY, ...policy }, principal)?.constructor.name;
const noUser = (policy: Partial<AccessPolicy>) => refusalOf({ ...POLICY, ...policy }, undefined);

describe('who may pass', () => {
  afterEach(() => clock.release());

  it('is every caller where the route is public or clients authenticate, and else no stranger', () => {
    expect(noUser({ isPublic: true, scopes: ['x'] })).toBeUndefined();
    expect(noUser({ isClientAuthenticated: true })).toBeUndefined();
    expect(noUser({})?.constructor.name).toBe('Unauthenticated');
    expect(refused({})).toBeUndefined();
  });

  it.each<[string, Partial<AccessPolicy>, string | undefined]>([
    ['all scopes', { scopes: ['things:read', 'things:write'] }, undefined],
    ['all scopes but one', { scopes: ['things:read', 'things:delete'] }, 'InsufficientScope'],
    ['a scope that begins alike', { scopes: ['things'] }, 'InsufficientScope'],
    ['one of the roles', { roles: ['admin', 'user'] }, undefined],
    ['none of the roles', { roles: ['admin', 'auditor'] }, 'InsufficientRole'],
    ['a role and no scope', { roles: ['user'], scopes: ['things:delete'] }, 'InsufficientScope'],
    ['a scope and no role', { roles: ['admin'], scopes: ['things:read'] }, 'InsufficientRole'],
    ['scopes that are asked about only', { optionalScopes: ['things:delete'] }, undefined],
  ])('is a user with %s', (_, policy, refusal) => {
    expect(refused(policy)).toBe(refusal);
  });

  it('is an API key by its scopes, and never by a role', () => {
    expect(refused({ scopes: ['things:read'] }, KEY)).toBeUndefined();
    expect(refused({ roles: ['user'] }, KEY)).toBe('InsufficientRole');
  });

  it('is no API key where a session is needed, or a proof that a key cannot give', () => {
    expect(refused({ isSessionOnly: true }, KEY)).toBe('SessionRequired');
    expect(refused({ isSessionOnly: true })).toBeUndefined();
    expect(refused({ stepUp: { maxAgeS: 300, acr: undefined } }, KEY)).toBe('SessionRequired');
  });

  it('is no application that acts for a user, where only we may', () => {
    expect(refused({ isFirstPartyOnly: true }, DELEGATED)).toBe('FirstPartyRequired');
    expect(refused({ isFirstPartyOnly: true })).toBeUndefined();
    expect(refused({ isFirstPartyOnly: true }, KEY)).toBeUndefined();
    expect(refused({ scopes: ['things:read'] }, DELEGATED)).toBeUndefined();
  });

  it('is who has proved who they are since, to the millisecond', () => {
    const policy = { stepUp: stepUpPolicy({ maxAge: '5m' }) };
    clock.stop(new Date(NOW.getTime() + 300_000));
    expect(refused(policy)).toBeUndefined();
    clock.forward(1);
    expect(refused(policy)).toBe('InsufficientUserAuthentication');
  });

  it('is who has done so by two factors, where those are asked for', () => {
    const policy = { stepUp: stepUpPolicy({ maxAge: '5m', acr: 'mfa' }) };
    clock.stop(NOW);
    expect(refused(policy)).toBe('InsufficientUserAuthentication');
    expect(refused(policy, { ...USER, amr: ['pwd', 'otp', 'mfa'] })).toBeUndefined();
  });

  it('is no client of a strategy of one’s own, where a proof is asked for', () => {
    clock.stop(NOW);
    const client = { ...USER, kind: 'client' as const, amr: ['mfa'] };
    expect(refused({ stepUp: stepUpPolicy({ maxAge: '5m' }) }, client)).toBe(
      'InsufficientUserAuthentication',
    );
  });

  it('is told first what would be in vain: the scope before the proof', () => {
    clock.stop(new Date(NOW.getTime() + 600_000));
    const policy = { stepUp: stepUpPolicy({ maxAge: '5m' }), scopes: ['things:delete'] };
    expect(refused(policy)).toBe('InsufficientScope');
  });
});

describe('@StepUp', () => {
  it.each(['', '5', '0s', 'soon', '5 m'])('takes no maxAge of %j', (maxAge) => {
    expect(() => stepUpPolicy({ maxAge })).toThrow(TypeError);
  });
});

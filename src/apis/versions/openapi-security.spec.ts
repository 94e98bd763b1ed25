import { describe, expect, it } from 'vitest';
import { describedScopes, securityOf } from './openapi-security.js';

const schemes = {
  login: { type: 'oauth2', flows: {} },
  person: { type: 'openIdConnect' },
  key: { type: 'apiKey' },
};
const DOCUMENT = { components: { securitySchemes: schemes } };
const of = (security: unknown, document: object = DOCUMENT) => securityOf(document as never, { security });

describe('who may call an operation', () => {
  it('is not known where neither it nor the document says so', () => {
    expect(securityOf(DOCUMENT, {})).toBeUndefined();
    expect(of('none')).toBeUndefined();
    expect(of({})).toBeUndefined();
  });

  it('is everyone for an empty list alone', () => {
    expect(of([])).toEqual({ isPublic: true, scopes: [] });
    expect(of([{}])).toMatchObject({ isPublic: false });
    expect(of([null])).toMatchObject({ isPublic: false });
  });

  it('is what the document says, where the operation says nothing', () => {
    const document = { ...DOCUMENT, security: [] };
    expect(securityOf(document, {})).toEqual({ isPublic: true, scopes: [] });
    expect(of([{ login: ['a'] }], document)).toEqual({ isPublic: false, scopes: ['a'] });
  });

  it('is who has all scopes of one choice, sorted, each once', () => {
    expect(of([{ login: ['b', 'a'], person: ['a', 'openid'] }])).toEqual({
      isPublic: false,
      scopes: ['a', 'b', 'openid'],
    });
  });

  it('needs no scopes by a scheme without any, or one that is not there', () => {
    expect(of([{ key: ['a'] }])).toEqual({ isPublic: false, scopes: [] });
    expect(of([{ gone: ['a'] }])).toEqual({ isPublic: false, scopes: [] });
    expect(of([{ toString: ['a'] }])).toEqual({ isPublic: false, scopes: [] });
  });

  it('needs the scopes of all choices, which is said', () => {
    const { scopes, note } = of([{ login: ['a'] }, { login: ['b'] }])!;
    expect(scopes).toEqual(['a', 'b']);
    expect(note).toBe('it takes one of several sets of scopes, and here all of them are needed');
    expect(of([{ login: ['a'] }, { person: ['a'] }])!.note).toBeUndefined();
  });

  it('needs a token where the document makes it optional, which is said', () => {
    expect(of([{ login: ['a'] }, {}])).toEqual({
      isPublic: false,
      scopes: ['a'],
      note: 'a token is optional in it, and needed here',
    });
  });

  it('is read from OpenAPI 2.0 as well', () => {
    const document = { securityDefinitions: { login: { type: 'oauth2' } } };
    expect(of([{ login: ['a'] }], document)).toEqual({ isPublic: false, scopes: ['a'] });
  });

  it('leaves scopes out that are no texts', () => {
    expect(of([{ login: ['a', 5, null] }])).toEqual({ isPublic: false, scopes: ['a'] });
    expect(of([{ login: 'a' }])).toEqual({ isPublic: false, scopes: [] });
  });
});

describe('what scopes are for', () => {
  it('is said in each flow', () => {
    const flows = {
      authorizationCode: { scopes: { a: 'Read' } },
      clientCredentials: { scopes: { b: 'Write', c: 5 } },
      implicit: null,
    };
    const document = { components: { securitySchemes: { login: { type: 'oauth2', flows }, odd: 'text' } } };
    expect([...describedScopes(document)]).toEqual([
      ['a', 'Read'],
      ['b', 'Write'],
    ]);
  });

  it('is said in the scheme itself in OpenAPI 2.0', () => {
    const document = { securityDefinitions: { login: { type: 'oauth2', scopes: { a: 'Read' } } } };
    expect([...describedScopes(document)]).toEqual([['a', 'Read']]);
    expect([...describedScopes({})]).toEqual([]);
  });
});

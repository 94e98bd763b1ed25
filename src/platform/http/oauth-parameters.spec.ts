import { describe, expect, it } from 'vitest';
import { OAuthParameters } from './oauth-parameters.js';
import { OAuthProblem } from './problem.js';

const of = (given: unknown) => new OAuthParameters(given);

describe('the parameters of a request to OAuth', () => {
  it('are read by their names', () => {
    const parameters = of({ grant_type: 'refresh_token', scope: 'a' });
    expect(parameters.get('grant_type')).toBe('refresh_token');
    expect(parameters.required('scope')).toBe('a');
    expect(parameters.has('scope')).toBe(true);
    expect(parameters.get('gone')).toBeUndefined();
  });

  it.each([[undefined], [null], [{}], [{ scope: '' }], [{ resource: ['', ''] }]])(
    'are none in %j',
    (given) => {
      const parameters = of(given);
      expect(parameters.has('scope')).toBe(false);
      expect(parameters.list('resource')).toEqual([]);
      expect(parameters.words('scope')).toEqual([]);
      expect(parameters.entries()).toEqual([]);
      expect(() => parameters.required('scope')).toThrow(OAuthProblem);
    },
  );

  it('are no members that every object has', () => {
    expect(of({}).has('toString')).toBe(false);
    expect(of({}).has('__proto__')).toBe(false);
  });

  it.each(['resource', 'audience'] as const)('may repeat %s, and nothing else', (name) => {
    const parameters = of({ [name]: ['a', '', 'b'] });
    expect(parameters.list(name)).toEqual(['a', 'b']);
    expect(parameters.entries()).toEqual([
      [name, 'a'],
      [name, 'b'],
    ]);
    expect(() => of({ scope: ['a', 'b'] })).toThrow(OAuthProblem);
    expect(() => of({ scope: ['', ''] })).toThrow(OAuthProblem);
  });

  it('have words, each once, however many spaces are between', () => {
    expect(of({ scope: ' openid  email openid ' }).words('scope')).toEqual(['openid', 'email']);
  });

  it.each([
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud83e'],
    ['a number', 5],
    ['an object', { a: 1 }],
    ['nothing', null],
    ['one of several that is no text', ['a', 5]],
  ])('cannot hold %s', (_, value) => {
    expect(() => of({ resource: value })).toThrow(OAuthProblem);
  });

  it('may hold a whole pair of surrogates', () => {
    expect(of({ state: '🦊' }).get('state')).toBe('🦊');
  });
});

import { describe, expect, it } from 'vitest';
import { readPath } from './request-path.js';

const read = (target: string) => {
  const { segments, query, raw, fault, hasEmptySegment, hasEncodedSlash } = readPath(target);
  return { segments, query, raw, fault, hasEmptySegment, hasEncodedSlash };
};
const faultOf = (target: string) => readPath(target).fault;

describe('the path of a request', () => {
  it('is taken apart, and kept as it came', () => {
    expect(read('/g/items/v1/things/7?a=/../b')).toEqual({
      raw: '/g/items/v1/things/7',
      query: '?a=/../b',
      segments: ['g', 'items', 'v1', 'things', '7'],
      fault: undefined,
      hasEmptySegment: false,
      hasEncodedSlash: false,
    });
    expect(read('/g?')).toMatchObject({ raw: '/g', query: '?', segments: ['g'] });
    expect(read('/')).toMatchObject({ raw: '/', query: '', segments: [], hasEmptySegment: false });
  });

  it.each<[string, string[]]>([
    ['/a%20b', ['a b']],
    ['/%61bc', ['abc']],
    ['/%C3%A9', ['é']],
    ['/a;v=1/b;w', ['a', 'b']],
    ['/a%3Bv=1', ['a']],
    ['/;', ['']],
    ['/a/', ['a']],
    ["/a!$&'()*+,=:@-._~", ["a!$&'()*+,=:@-._~"]],
    ['/...', ['...']],
    ['/.well-known/x', ['.well-known', 'x']],
    ['/a..b/c.', ['a..b', 'c.']],
    ['/100%25', ['100%']],
    ['/%E2%80%AE', ['\u202e']],
  ])('%s has the segments %j', (target, segments) => {
    expect(read(target)).toMatchObject({ segments, fault: undefined, raw: target });
  });

  it('tells where each segment ends, so that a prefix can be cut off', () => {
    const { raw, ends } = readPath('/g/%69tems/v1;x/a%2Fb?q');
    expect(ends.map((end) => raw.slice(0, end))).toEqual([
      '/g',
      '/g/%69tems',
      '/g/%69tems/v1;x',
      '/g/%69tems/v1;x/a%2Fb',
    ]);
  });

  it.each<[string, string]>([
    ['/a/../b', 'a dot segment'],
    ['/..', 'a dot segment'],
    ['/a/.', 'a dot segment'],
    ['/./a', 'a dot segment'],
    ['/%2e%2e/b', 'a dot segment'],
    ['/.%2E/b', 'a dot segment'],
    ['/%2e/b', 'a dot segment'],
    ['/..;/b', 'a dot segment'],
    ['/..;x=1/b', 'a dot segment'],
    ['/%2e%2e%3bx/b', 'a dot segment'],
    ['/a%2f..%2fb', 'a dot segment'],
    ['/%252e%252e/b', 'a dot segment'],
    ['/a\\b', 'a backslash'],
    ['/a%5Cb', 'a backslash'],
    ['/a%00', 'a null byte'],
    ['/a%0Ab', 'a control character'],
    ['/a%7f', 'a control character'],
    ['/a b', 'a control character'],
    ['/a#b', 'a control character'],
    ['/%', 'a percent sign that encodes nothing'],
    ['/%4', 'a percent sign that encodes nothing'],
    ['/%gg', 'a percent sign that encodes nothing'],
    ['/%u0041', 'a percent sign that encodes nothing'],
    ['/%ff', 'a percent sign that encodes nothing'],
    ['/%c0%ae', 'a percent sign that encodes nothing'],
    ['/%ed%a0%80', 'a percent sign that encodes nothing'],
  ])('%s has %s', (target, fault) => {
    expect(faultOf(target)).toBe(fault);
  });

  it('marks what a route may allow', () => {
    expect(read('/a//b')).toMatchObject({ segments: ['a', 'b'], hasEmptySegment: true, fault: undefined });
    expect(read('//a')).toMatchObject({ segments: ['a'], hasEmptySegment: true });
    expect(read('/a%2Fb')).toMatchObject({ segments: ['a/b'], hasEncodedSlash: true, fault: undefined });
    expect(read('/a%2fb/c')).toMatchObject({ hasEncodedSlash: true, hasEmptySegment: false });
  });

  it('is read in a time that grows with it alone', () => {
    const long = `/${'a;'.repeat(8_000)}`;
    const before = process.cpuUsage();
    for (let times = 0; times < 20; times++) {
      readPath(`/${'%2'.repeat(8_000)}`);
      readPath(long);
      readPath(`/${'a/'.repeat(8_000)}`);
      readPath(`/${'.'.repeat(16_000)}`);
    }
    const { user } = process.cpuUsage(before);
    // A quadratic reading of 16 KB takes seconds.
    expect(user / 1000).toBeLessThan(1_000);
  });
});

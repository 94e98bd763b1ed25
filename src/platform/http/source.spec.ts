import { describe, expect, it } from 'vitest';
import { sourceOf } from './source.js';

describe('a source', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
    expect(sourceOf(address)).toBe(source);
  });

  it('is another in the next /64', () => {
    expect(sourceOf('2001:db8:1:2::1')).not.toBe(sourceOf('2001:db8:1:3::1'));
  });

  it.each([null, '', 'unknown', '203.0.113.7:4711', '_hidden', '1.2.3', '0x7f.1', '127.1', '[::1]'])(
    'is one for all that is no address, such as %j',
    (address) => {
      expect(sourceOf(address)).toBe('unknown');
    },
  );
});

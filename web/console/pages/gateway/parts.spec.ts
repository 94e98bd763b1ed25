import { expect, it } from 'vitest';
import { partsFor } from './parts.js';

it('the gateway shows versions of APIs to users who may read APIs', () => {
  expect(partsFor((scope) => scope === 'resources:read')).toContain('versions');
  expect(partsFor((scope) => scope === 'gateway:read')).toEqual(['upstreams', 'revisions', 'explain']);
});

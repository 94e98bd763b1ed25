import { beforeEach, describe, expect, it, vi } from 'vitest';
import { getAll } from './data.js';

type Query = { limit: number; cursor?: string };
const { get } = vi.hoisted(() => ({
  get: vi.fn<(path: string, query: Query) => Promise<{ items: number[]; nextCursor: string | null }>>(),
}));
vi.mock('./api.js', () => ({ get }));
vi.mock('./router.js', () => ({}));

describe('all of a list', () => {
  beforeEach(() => void get.mockReset());

  it('is read page by page, until there is no next', async () => {
    get.mockResolvedValueOnce({ items: [1, 2], nextCursor: 'a' });
    get.mockResolvedValueOnce({ items: [], nextCursor: 'b' });
    get.mockResolvedValueOnce({ items: [3], nextCursor: null });
    expect(await getAll('/v1/roles')).toEqual([1, 2, 3]);
    expect(get.mock.calls).toEqual([
      ['/v1/roles', { limit: 100, cursor: undefined }],
      ['/v1/roles', { limit: 100, cursor: 'a' }],
      ['/v1/roles', { limit: 100, cursor: 'b' }],
    ]);
  });

  it('is nothing where one of the pages cannot be read', async () => {
    get.mockResolvedValueOnce({ items: [1], nextCursor: 'a' });
    get.mockRejectedValueOnce(new TypeError('offline'));
    await expect(getAll('/v1/roles')).rejects.toThrow('offline');
  });
});

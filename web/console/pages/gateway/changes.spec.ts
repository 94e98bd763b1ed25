import { describe, expect, it } from 'vitest';
import { changesOf, EMPTY, type Shown } from './changes.js';

const shown = ({ weight = 1, path = '/things', label = 'v1' } = {}) =>
  ({
    upstreams: [{ id: 'u', name: 'items', targets: [{ url: 'http://10.0.0.7', weight }], hasTls: false }],
    apis: [
      {
        id: 'a',
        identifier: 'https://items.example',
        name: 'Items',
        scopes: [],
        versions: [{ id: 'v', label, status: 'published', routes: [{ id: 'r', methods: ['GET'], path }] }],
      },
    ],
  }) as unknown as Shown;

describe('the difference between two published tables', () => {
  it('is nothing where they are the same', () => {
    expect(changesOf(shown(), shown())).toEqual([]);
  });

  it('names each row of the first one as added, and each that is gone as removed', () => {
    const names = [
      'items',
      'https://items.example',
      'https://items.example v1',
      'https://items.example v1 GET /things',
    ];
    const all = (kind: string) => names.map((name) => ({ kind, name, fields: [] }));
    expect(changesOf(EMPTY, shown())).toEqual(all('added'));
    expect(changesOf(shown(), EMPTY)).toEqual(all('removed'));
  });

  it('names the fields of a row that changed, before and after, and no other row', () => {
    expect(changesOf(shown(), shown({ weight: 2 }))).toEqual([
      {
        kind: 'changed',
        name: 'items',
        fields: [
          {
            field: 'targets',
            before: '[{"url":"http://10.0.0.7","weight":1}]',
            after: '[{"url":"http://10.0.0.7","weight":2}]',
          },
        ],
      },
    ]);
    expect(changesOf(shown(), shown({ path: '/other' }))).toEqual([
      {
        kind: 'changed',
        name: 'https://items.example v1 GET /other',
        fields: [{ field: 'path', before: '/things', after: '/other' }],
      },
    ]);
  });
});

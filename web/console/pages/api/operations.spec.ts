import { describe, expect, it } from 'vitest';
import { exampleOf, operationsOf, refusalOf, type Document, type Schema } from './operations.js';

const DOCUMENT: Document = {
  paths: {
    '/v1/things': {
      get: {
        summary: 'List things',
        description: 'In their order.\n\nAccess: scopes things:read.',
        tags: ['Things', 'Others'],
        parameters: [{ name: 'limit', in: 'query' }],
        security: [{ bearer: ['things:read'] }],
        'x-scopes': ['things:read'],
        'x-roles': [],
      },
      post: {
        requestBody: {
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/CreateThing' } },
            'text/csv': { schema: { type: 'string' } },
          },
        },
        security: [],
      },
    },
    '/oauth/token': { post: { security: [{ client: [] }, {}], requestBody: {} } },
  },
  components: {
    schemas: {
      CreateThing: {
        type: 'object',
        required: ['name', 'owner'],
        properties: {
          name: { type: 'string', example: 'a lamp' },
          owner: { allOf: [{ $ref: '#/components/schemas/Owner' }] },
          note: { type: 'string' },
        },
      },
      Owner: { type: 'object', properties: { age: { type: 'integer' }, isHere: { type: 'boolean' } } },
      Chain: { type: 'object', properties: { next: { $ref: '#/components/schemas/Chain' } } },
    },
  },
};

describe('the operations of a document', () => {
  const [list, make, token] = operationsOf(DOCUMENT);

  it('are read with what the document says of them', () => {
    expect(list).toEqual({
      key: 'get /v1/things',
      method: 'GET',
      path: '/v1/things',
      summary: 'List things',
      tag: 'Things',
      scopes: ['things:read'],
      roles: [],
      isPublic: false,
      isForClients: false,
      access: 'scopes things:read',
      parameters: [{ name: 'limit', in: 'query' }],
      body: undefined,
    });
  });

  it('take the first kind of body that there is', () => {
    expect(make!.body).toEqual({
      type: 'application/json',
      schema: { $ref: '#/components/schemas/CreateThing' },
    });
    expect(token!.body).toBeUndefined();
  });

  it('are public with an empty list of ways in, and for clients where one of the ways is theirs', () => {
    expect([list, make, token].map((each) => [each!.isPublic, each!.isForClients])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  it('have empty texts for what is not said', () => {
    expect(make).toMatchObject({ summary: '', tag: '', access: '', scopes: [], roles: [], parameters: [] });
  });
});

describe('what a user lacks for an operation', () => {
  const [list, , token] = operationsOf(DOCUMENT);
  const restricted = { ...list!, scopes: ['a:read', 'b:read'], roles: ['admin', 'auditor'] };

  it('is every scope that is missing', () => {
    expect(refusalOf(restricted, { scopes: ['b:read'], roles: ['admin'] })?.missing).toEqual(['a:read']);
    expect(refusalOf(restricted, { scopes: [], roles: ['admin'] })?.missing).toEqual(['a:read', 'b:read']);
  });

  it('is one role of several, named together', () => {
    const held = { scopes: ['a:read', 'b:read'], roles: ['user'] };
    expect(refusalOf(restricted, held)?.missing).toEqual(['admin / auditor']);
  });

  it('is nothing with all scopes and one of the roles', () => {
    const held = { scopes: ['a:read', 'b:read', 'c:read'], roles: ['user', 'auditor'] };
    expect(refusalOf(restricted, held)).toBeUndefined();
  });

  it('cannot be given for a route of applications', () => {
    const all = { scopes: ['things:read'], roles: ['admin'] };
    expect(refusalOf(token!, all)).toEqual({ missing: [], isForClients: true });
  });
});

describe('a body to begin with', () => {
  it.each<[string, Schema, unknown]>([
    ['the example', { type: 'string', example: 'x', default: 'y', enum: ['z'] }, 'x'],
    ['an example of null', { type: 'string', example: null, default: 'y' }, null],
    ['the default without an example', { default: false, enum: [true] }, false],
    ['the first of a choice', { enum: ['b', 'a'] }, 'b'],
    ['an empty text', { type: 'string' }, ''],
    ['zero', { type: 'integer' }, 0],
    ['the first of several types', { type: ['boolean', 'null'] }, false],
    ['null for a type that is not known', { type: 'file' }, null],
    ['null without a type', {}, null],
    ['null for an empty choice', { enum: [] }, null],
    ['a list of one', { type: 'array', items: { type: 'number' } }, [0]],
    ['all members where none is required', { properties: { a: { type: 'string' } } }, { a: '' }],
    [
      'the required members alone',
      { required: ['b'], properties: { a: { type: 'string' }, b: { example: 1 } } },
      { b: 1 },
    ],
    ['null for a schema that is not there', { $ref: '#/components/schemas/Gone' }, null],
  ])('is %s', (_, schema, expected) => {
    expect(exampleOf(schema, DOCUMENT)).toEqual(expected);
  });

  it('follows references, also those in allOf', () => {
    expect(exampleOf({ $ref: '#/components/schemas/CreateThing' }, DOCUMENT)).toEqual({
      name: 'a lamp',
      owner: { age: 0, isHere: false },
    });
  });

  it('ends where a schema contains itself', () => {
    const text = JSON.stringify(exampleOf({ $ref: '#/components/schemas/Chain' }, DOCUMENT));
    expect(text).toMatch(/^(\{"next":){2,4}null\}+$/);
  });
});

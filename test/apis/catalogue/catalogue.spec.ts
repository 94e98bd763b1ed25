import { getRepositoryToken } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiVersion } from '../../../src/apis/versions/api-version.entity.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { DAY } from '../../support/clock.js';
import { makeApi, makePlan, type TestApi } from '../../support/gateway.js';
import { expectProblem } from '../../support/problem.js';

describe('the catalogue', () => {
  let app: TestApp;
  let admin: SignedIn;
  let member: SignedIn;
  let items: TestApi;
  let parts: TestApi;

  beforeAll(async () => {
    app = await startApp();
    [admin, member] = await Promise.all([app.as.admin(), app.as.member()]);
    const routes = [{ methods: ['GET'], path: '/things/:thing', scopes: ['items:read'] }];
    items = await makeApi(app, ['http://127.0.0.1:9'], routes);
    parts = await makeApi(app, ['http://127.0.0.1:9'], routes);
    await admin.patch(`/v1/resources/${parts.id}`, { name: 'Parts_50%', description: 'Nuts AND bolts' });
    await admin.post('/v1/resources', {
      identifier: 'https://bare.example',
      name: 'Bare',
      status: 'published',
    });
    await admin.post('/v1/resources', { identifier: 'https://draft.example', name: 'Draft' });
  });
  afterAll(() => app.close());

  const namesOf = async (query = '', who = member) => {
    const { status, body, text } = await who.get(`/v1/catalogue${query}`);
    expect(status, text).toBe(200);
    return body.items.map(({ name }: { name: string }) => name);
  };

  it('has the APIs with a version that can be called, and no others', async () => {
    expect(await namesOf()).toEqual(['Items', 'Parts_50%']);
    // The publisher's own drafts are not offered either.
    expect(await namesOf('', admin)).toEqual(['Items', 'Parts_50%']);
    const { body } = await member.get('/v1/catalogue?limit=1');
    expect(body.items).toEqual([
      {
        id: items.id,
        identifier: items.identifier,
        name: 'Items',
        description: null,
        scopes: ['items:read', 'items:write'].map((name) => ({ name, description: name })),
      },
    ]);
    expect(await namesOf(`?limit=1&cursor=${body.nextCursor}`)).toEqual(['Parts_50%']);
  });

  it.each([
    ['item', ['Items', 'Parts_50%']],
    ['BOLTS', ['Parts_50%']],
    ['_50%25', ['Parts_50%']],
    ['%25%25', []],
    ['I_ems', []],
    ['%27 OR 1=1 --', []],
    ['.example', ['Items', 'Parts_50%']],
    ['%20bolts%20', ['Parts_50%']],
  ])('is searched for %s', async (q, names) => {
    expect(await namesOf(`?q=${q}`)).toEqual(names);
  });

  it('is searched for an identifier', async () => {
    expect(await namesOf(`?q=${encodeURIComponent(items.identifier.toUpperCase())}`)).toEqual(['Items']);
  });

  it('says what an API offers: versions with their address, and the plans that can be chosen', async () => {
    const { id } = await makePlan(app, items, {
      name: 'free',
      approval: 'manual',
      quota: [{ unit: 'requests', amount: 5, per: 'day' }],
      limit: { requests: 10, per: 'second' },
    });
    await makePlan(app, items, { name: 'by hand', isPublic: false });
    const retired = await makePlan(app, items, { name: 'old' });
    await admin.patch(`/v1/resources/${items.id}/plans/${retired.id}`, { status: 'retired' });
    for (const who of [member, admin]) {
      const { body } = await who.get(`/v1/catalogue/${items.id}`);
      expect(body).toMatchObject({ id: items.id, name: 'Items' });
      expect(body.versions).toEqual([
        {
          id: items.versionId,
          label: 'v1',
          status: 'published',
          url: `${app.settings.PUBLIC_URL}${items.base}`,
          selector: { kind: 'path', value: 'v1' },
          deprecatedAt: null,
          sunsetAt: null,
          docsUrl: null,
        },
      ]);
      expect(body.plans).toEqual([
        {
          id,
          name: 'free',
          description: null,
          approval: 'manual',
          quota: [{ unit: 'requests', amount: 5, per: 'day' }],
          limit: { requests: 10, per: 'second' },
          maxKeys: 5,
        },
      ]);
    }
  });

  it('has the document of each version, and that of the newest where none is named', async () => {
    const path = `/v1/catalogue/${items.id}/openapi.json`;
    const { body: made } = await admin.post(`/v1/resources/${items.id}/versions`, {
      label: 'v2',
      selector: { kind: 'path', value: 'v2' },
      upstreamId: items.upstreamId,
      basePath: items.base.replace(/^\/g|\/v1$/g, ''),
    });
    const versionOf = async (query = '') => (await member.get(`${path}${query}`)).body.info?.version;
    // A draft is nobody's to call.
    expectProblem(await member.get(`${path}?version=v2`), 404, 'not_found');
    expect(await versionOf()).toBe('v1');
    const version = `/v1/resources/${items.id}/versions/${made.id}`;
    await admin.post(`${version}/publish`, {});
    expect([await versionOf(), await versionOf('?version=v1')]).toEqual(['v2', 'v1']);
    const { body } = await member.get(`${path}?version=v1`);
    expect(body.servers).toEqual([{ url: `${app.settings.PUBLIC_URL}${items.base}` }]);
    expect(Object.keys(body.paths)).toEqual(['/things/{thing}']);
    await admin.post(`${version}/deprecate`, {});
    expect(await versionOf()).toBe('v1');
    const labels = async () =>
      (await member.get(`/v1/catalogue/${items.id}`)).body.versions.map(({ label, status }: any) => [
        label,
        status,
      ]);
    expect(await labels()).toEqual([
      ['v2', 'deprecated'],
      ['v1', 'published'],
    ]);
    // What is retired is gone at once.
    await admin.post(`${version}/retire`, {});
    expect(await labels()).toEqual([['v1', 'published']]);
    expectProblem(await member.get(`${path}?version=v2`), 404, 'not_found');
  });

  it('leaves an API with its last version', async () => {
    const gone = await makeApi(app, ['http://127.0.0.1:9'], []);
    expect((await member.get(`/v1/catalogue/${gone.id}`)).status).toBe(200);
    await admin.post(`/v1/resources/${gone.id}/versions/${gone.versionId}/retire`, {});
    for (const path of [gone.id, `${gone.id}/openapi.json`, 'nope', 'nope/openapi.json'])
      expectProblem(await member.get(`/v1/catalogue/${path}`), 404, 'not_found');
    expect(await namesOf()).toHaveLength(2);
  });

  it('leaves an API with the sunset of its last version', async () => {
    const gone = await makeApi(app, ['http://127.0.0.1:9'], []);
    await admin.patch(`/v1/resources/${gone.id}`, { name: 'Sunset' });
    const deprecate = `/v1/resources/${gone.id}/versions/${gone.versionId}/deprecate`;
    await admin.post(deprecate, { sunsetAt: new Date(Date.now() + DAY).toISOString() });
    expect(await namesOf('?q=sunset')).toEqual(['Sunset']);
    expect((await member.get(`/v1/catalogue/${gone.id}`)).status).toBe(200);
    await admin.post(deprecate, { sunsetAt: new Date(Date.now() - DAY).toISOString() });
    expect(await namesOf('?q=sunset')).toEqual([]);
    expectProblem(await member.get(`/v1/catalogue/${gone.id}`), 404, 'not_found');
  });

  it.each(['draft', 'retired'])('has no API that is %s, for its publisher either', async (status) => {
    const gone = await makeApi(app, ['http://127.0.0.1:9'], []);
    const name = `Is ${status}`;
    await admin.patch(`/v1/resources/${gone.id}`, { name });
    expect(await namesOf(`?q=${name}`)).toEqual([name]);
    await app.database.query('UPDATE resources SET status = :status WHERE id = :id', { status, id: gone.id });
    expect(await namesOf(`?q=${name}`, admin)).toEqual([]);
    expectProblem(await admin.get(`/v1/catalogue/${gone.id}`), 404, 'not_found');
  });

  it('finds names that are not in English letters', async () => {
    const over = await makeApi(app, ['http://127.0.0.1:9'], []);
    await admin.patch(`/v1/resources/${over.id}`, { name: 'ÜBER Äpfel' });
    for (const q of ['Ü', 'ÜBER', 'Über', 'Äpfel', 'PFEL'])
      expect(await namesOf(`?q=${q}`)).toEqual(['ÜBER Äpfel']);
    await admin.post(`/v1/resources/${over.id}/versions/${over.versionId}/retire`, {});
  });

  it('has the newest hundred versions of an API that has more, and the document of any', async () => {
    const many = await makeApi(app, ['http://127.0.0.1:9'], []);
    await admin.patch(`/v1/resources/${many.id}`, { name: 'Many' });
    const made = app.nest.get<Repository<ApiVersion>>(getRepositoryToken(ApiVersion));
    const first = await made.findOneByOrFail({ id: many.versionId });
    await made.insert(
      Array.from({ length: 101 }, (_, each) => ({ ...first, id: uuidv7(), label: `n${each}` })),
    );
    const { body } = await member.get(`/v1/catalogue/${many.id}`);
    expect(body.versions).toHaveLength(100);
    expect([body.versions[0].label, body.versions[99].label]).toEqual(['n100', 'n1']);
    const path = `/v1/catalogue/${many.id}/openapi.json`;
    const versionOf = async (query = '') => (await member.get(`${path}${query}`)).body.info?.version;
    expect([await versionOf(), await versionOf('?version=v1')]).toEqual(['n100', 'v1']);
    await app.database.query('DELETE FROM api_versions WHERE resource_id = :id', { id: many.id });
  });

  it('is for who is signed in, and refuses what it does not know', async () => {
    for (const path of ['', `/${items.id}`, `/${items.id}/openapi.json`])
      expectProblem(await app.as.anonymous().get(`/v1/catalogue${path}`), 401, 'unauthenticated');
    for (const query of [`q=${'a'.repeat(101)}`, 'q=a&q=b', 'cursor=forged', 'more=1'])
      expect((await member.get(`/v1/catalogue?${query}`)).status).toBe(400);
  });
});

import type { TestApp } from './app.js';
import { asKey, makeKey, type TestKey } from './api-keys.js';
import type { SignedIn } from './client.js';

/** An API with one published version. */
export interface TestApi {
  id: string;
  identifier: string;
  versionId: string;
  upstreamId: string;
  /** By the path that it was made with. */
  routes: Record<string, string>;
  /** `/g/<base>/<label>` */
  base: string;
}

let count = 0;

async function made(admin: SignedIn, path: string, body: object): Promise<any> {
  const answer = await admin.post(path, body);
  if (answer.status !== 201 && answer.status !== 200)
    throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Registers an upstream, an API, a version and its routes; `publish` makes them live. */
export async function makeApi(
  app: TestApp,
  urls: string[],
  routes: object[],
  {
    upstream = {},
    version = {},
    scopes = ['items:read', 'items:write'],
  }: { upstream?: object; version?: object; scopes?: string[] } = {},
): Promise<TestApi> {
  const admin = await app.as.admin();
  const name = `items-${++count}`;
  const targets = urls.map((url) => ({ url, weight: 1 }));
  const { id: upstreamId } = await made(admin, '/v1/upstreams', {
    name,
    targets,
    identity: 'token',
    ...upstream,
  });
  const identifier = `https://${name}.example`;
  const { id } = await made(admin, '/v1/resources', {
    identifier,
    name: 'Items',
    scopes: scopes.map((scope) => ({ name: scope, description: scope })),
  });
  const { id: versionId } = await made(admin, `/v1/resources/${id}/versions`, {
    label: 'v1',
    selector: { kind: 'path', value: 'v1' },
    upstreamId,
    basePath: `/${name}`,
    stripPrefix: true,
    ...version,
  });
  const ids: Record<string, string> = {};
  for (const route of routes as { path: string }[]) {
    const { id: routeId } = await made(admin, `/v1/resources/${id}/versions/${versionId}/routes`, route);
    ids[route.path] = routeId;
  }
  await made(admin, `/v1/resources/${id}/versions/${versionId}/publish`, {});
  return { id, identifier, versionId, upstreamId, routes: ids, base: `/g/${name}/v1` };
}

/** Publishes what the rows say; the number of the revision. */
export async function publish(app: TestApp, note = 'a test'): Promise<number> {
  const { seq } = await made(await app.as.admin(), '/v1/gateway/revisions', { note });
  return seq;
}

/** A key of the admin's for this API. */
export async function keyFor(
  app: TestApp,
  { identifier }: TestApi,
  scopes = ['items:read'],
  more: object = {},
): Promise<TestKey> {
  return makeKey(app, await app.as.admin(), { scopes, audience: identifier, ...more });
}

/** A plan of an API, for the admin. */
export async function makePlan(app: TestApp, { id }: Pick<TestApi, 'id'>, body: object = {}): Promise<any> {
  return made(await app.as.admin(), `/v1/resources/${id}/plans`, { name: `plan-${++count}`, ...body });
}

/** An application of a user, and its subscription to a plan. */
export async function subscribe(
  owner: SignedIn,
  planId: string,
): Promise<{ application: any; subscription: any }> {
  const application = await made(owner, '/v1/applications', { name: 'My app' });
  const subscription = await made(owner, `/v1/applications/${application.id}/subscriptions`, { planId });
  return { application, subscription };
}

/** A key of a subscription. */
export async function subscriptionKey(
  app: TestApp,
  owner: SignedIn,
  subscriptionId: string,
  body: object = {},
): Promise<TestKey> {
  const fields = { name: 'server', scopes: ['items:read'], ...body };
  return asKey(app, await made(owner, `/v1/subscriptions/${subscriptionId}/keys`, fields));
}

/** What the paths of lists have in braces. */
export type ListParents = Record<'resource' | 'version' | 'application' | 'subscription' | 'client', string>;

/** Puts two of each into every list of the gateway. */
export async function fillLists(admin: SignedIn): Promise<ListParents> {
  const { id: resource } = await made(admin, '/v1/resources', {
    identifier: 'https://listed.example',
    name: 'Listed',
    status: 'published',
  });
  const parents: ListParents = { resource, version: '', application: '', subscription: '', client: '' };
  for (const name of ['one', 'two']) {
    const targets = [{ url: 'http://127.0.0.1:9' }];
    const { id: upstreamId } = await made(admin, '/v1/upstreams', { name, targets });
    const selector = { kind: 'path', value: name };
    const versions = `/v1/resources/${resource}/versions`;
    ({ id: parents.version } = await made(admin, versions, { label: name, selector, upstreamId }));
    for (const path of ['/one', '/two'])
      await made(admin, `${versions}/${parents.version}/routes`, { methods: ['GET'], path });
    await made(admin, '/v1/gateway/revisions', {});
    await fillSubscriptions(admin, parents, name);
    await fillCatalogue(admin, name, upstreamId);
  }
  return parents;
}

async function fillCatalogue(admin: SignedIn, name: string, upstreamId: string): Promise<void> {
  const identifier = `https://called-${name}.example`;
  const { id } = await made(admin, '/v1/resources', { identifier, name });
  const selector = { kind: 'path', value: name };
  const fields = { label: name, selector, upstreamId, basePath: `/called-${name}` };
  const version = await made(admin, `/v1/resources/${id}/versions`, fields);
  await made(admin, `/v1/resources/${id}/versions/${version.id}/publish`, {});
}

async function fillSubscriptions(admin: SignedIn, parents: ListParents, name: string): Promise<void> {
  const { id: planId } = await made(admin, `/v1/resources/${parents.resource}/plans`, { name });
  // An application has one live subscription to an API; those that have ended are listed as well.
  const { application, subscription } = await subscribe(admin, planId);
  await made(admin, `/v1/subscriptions/${subscription.id}/end`, {});
  parents.application = application.id;
  const path = `/v1/applications/${application.id}/subscriptions`;
  ({ id: parents.subscription } = await made(admin, path, { planId }));
  for (const key of ['one', 'two'])
    await made(admin, `/v1/subscriptions/${parents.subscription}/keys`, { name: key, scopes: [] });
}

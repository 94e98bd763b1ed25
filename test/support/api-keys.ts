import { ApiKeyUses } from '../../src/accounts/api-keys/api-key-uses.service.js';
import type { TestApp } from './app.js';
import { Client } from './client.js';

/** An API key that was just made, and a client that sends it. */
export interface TestKey extends Client {
  id: string;
  key: string;
  /** What the answer that made it said. */
  made: Record<string, any>;
}

/** Makes a key for the user who is signed in. */
export async function makeKey(app: TestApp, owner: Client, body: object = {}): Promise<TestKey> {
  const {
    status,
    body: made,
    text,
  } = await owner.post('/v1/api-keys', {
    name: 'of a test',
    scopes: ['account:read'],
    ...body,
  });
  if (status !== 201) throw new Error(`making a key answered ${status}: ${text}`);
  return asKey(app, made);
}

/** A client that sends this key. */
export function asKey(app: TestApp, made: Record<string, any>): TestKey {
  const client = app.as.anonymous().with({ authorization: `Bearer ${made['key']}` });
  return Object.assign(client, { id: made['id'], key: made['key'], made });
}

/** The service's own write, which runs every minute. */
export async function writeUses(app: TestApp): Promise<void> {
  await (app.nest.get(ApiKeyUses) as unknown as { flush: () => Promise<void> }).flush();
}

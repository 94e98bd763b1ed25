import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { parseDuration } from '../../platform/config/setting-rules.js';
import { ClientSecretsService } from '../../oauth/clients/client-secrets.service.js';
import { ClientsService, type ClientSettings } from '../../oauth/clients/clients.service.js';
import { NewClientsService } from '../../oauth/clients/new-clients.service.js';
import type { KnownClient } from '../../oauth/clients/client.types.js';
import type { OAuthClient } from '../../oauth/clients/oauth-client.entity.js';
import { NotDone } from './cli.errors.js';
import { counted, type Outcome } from './outcome.js';
import { serviceOf } from './service-of.js';

const PAGE = 100;

export interface ClientOptions {
  name: string;
  redirectUri?: string[];
  postLogoutRedirectUri?: string[];
  grant?: string[];
  native?: true;
  firstParty?: true;
}

/** Registers an application; its secret is shown this once. */
export async function clientsCreate(app: INestApplicationContext, options: ClientOptions): Promise<Outcome> {
  const { client, secret } = await newClientsOf(app).create(settingsOf(options), OPERATOR);
  const { clientId, name, applicationType, kind, idTokenAlg } = client;
  const what = `${kind} ${applicationType} application`;
  return {
    lines: [
      `made ${name}, a ${what}; its ID tokens are signed by ${idTokenAlg}`,
      `the client id is ${clientId}`,
      ...(secret === undefined ? [] : [`the secret is ${secret} (shown this once)`]),
    ],
    data: { ...shown(client), ...(secret !== undefined && { clientSecret: secret }) },
  };
}

/** All of them, the oldest first. */
export async function clientsList(app: INestApplicationContext): Promise<Outcome> {
  const all = await listed(clientsOf(app));
  const lines = all.map(({ clientId, status, kind, name, lastUsedAt }) => {
    const used = lastUsedAt ? `last used ${lastUsedAt.toISOString()}` : 'never used';
    return `${clientId}  ${status.padEnd(8)}  ${kind.padEnd(11)}  ${name}, ${used}`;
  });
  return { lines: [...lines, counted(all.length, 'client')], data: all.map(shown) };
}

/** Adds a secret next to the one that is there, so that it can be replaced without an interruption. */
export async function clientsSecret(
  app: INestApplicationContext,
  clientId: string,
  { expirePrevious }: { expirePrevious?: string },
): Promise<Outcome> {
  const { id, name } = await clientOf(app, clientId);
  const until = expirePrevious === undefined ? undefined : momentIn(expirePrevious);
  const { secret } = await serviceOf(app, ClientSecretsService, 'oauth').add(id, until, OPERATOR);
  const before = until ? `works until ${until.toISOString()}` : 'goes on working';
  return {
    lines: [`the secret of ${name} is ${secret} (shown this once)`, `the one before ${before}`],
    data: { clientId, clientSecret: secret, previousExpiresAt: until?.toISOString() ?? null },
  };
}

/** Takes an application out of use, with its sessions and tokens, or lets it in again. */
export async function clientsSwitch(
  app: INestApplicationContext,
  clientId: string,
  status: 'active' | 'disabled',
): Promise<Outcome> {
  const known = await clientOf(app, clientId);
  const client = await clientsOf(app).change(known.id, { status }, OPERATOR);
  const what = status === 'active' ? 'is in use again' : 'is out of use; its sessions and tokens have ended';
  return { lines: [`${client.name} ${what}`], data: shown(client) };
}

function settingsOf(options: ClientOptions): Pick<ClientSettings, 'name'> & Partial<ClientSettings> {
  const { name, redirectUri, postLogoutRedirectUri, grant, native, firstParty } = options;
  return {
    name,
    ...(redirectUri && { redirectUris: redirectUri }),
    ...(postLogoutRedirectUri && { postLogoutRedirectUris: postLogoutRedirectUri }),
    ...(grant && { grantTypes: grant.map(wholeGrant) }),
    ...(native && { applicationType: 'native' }),
    ...(firstParty && { kind: 'first-party' }),
  };
}

/** The name of the grant of RFC 8628 is hard to remember. */
function wholeGrant(grant: string): string {
  return grant === 'device_code' ? 'urn:ietf:params:oauth:grant-type:device_code' : grant;
}

function momentIn(duration: string): Date {
  const ms = parseDuration(duration);
  if (ms === undefined) throw new NotDone('--expire-previous is a duration such as 0s, 15m, 12h or 30d');
  return new Date(Date.now() + ms);
}

const clientsOf = (app: INestApplicationContext) => serviceOf(app, ClientsService, 'oauth');
const newClientsOf = (app: INestApplicationContext) => serviceOf(app, NewClientsService, 'oauth');

async function clientOf(app: INestApplicationContext, clientId: string): Promise<KnownClient> {
  const client = await clientsOf(app).find(clientId);
  if (!client) throw new NotDone(`there is no client ${clientId}; clients:list shows them`);
  return client;
}

async function listed(clients: ClientsService): Promise<OAuthClient[]> {
  const all: OAuthClient[] = [];
  for (;;) {
    const found = await clients.list({ limit: PAGE }, all.at(-1)?.id ?? '');
    all.push(...found.slice(0, PAGE));
    if (found.length <= PAGE) return all;
  }
}

function shown({ clientId, name, kind, status, applicationType, redirectUris, grantTypes }: OAuthClient) {
  return { clientId, name, kind, status, applicationType, redirectUris, grantTypes };
}

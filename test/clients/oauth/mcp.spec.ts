// Both generations of the MCP SDK find the authorization server of an MCP server by themselves, and get tokens for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { auth as authOfClient } from '@modelcontextprotocol/client';
import { auth as authOfSdk } from '@modelcontextprotocol/sdk/client/auth.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Browser } from './support/browser.js';
import { adminToken, api, grant, ISSUER, newPerson, REDIRECT, type Person } from './support/gatehouse.js';
import { serve, serveSecurely, type Served } from './support/serve.js';

const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));
const sdks = { 'sdk 1.32.2': authOfSdk, 'client 2.4.0': authOfClient } as const;
let ada: Person;
let mcp: Served;
let documents: Served;

before(async () => {
  ada = await newPerson();
  mcp = await serve((request, response) => {
    const isMetadata = request.url === '/.well-known/oauth-protected-resource/mcp';
    if (!isMetadata) return response.writeHead(404).end();
    const metadata = {
      resource: `${mcp.url}/mcp`,
      authorization_servers: [ISSUER],
      scopes_supported: ['tools:call'],
    };
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(metadata));
  });
  documents = await serveSecurely((request, response) => {
    const metadata = { client_id: `${documents.url}${request.url}`, ...METADATA };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(metadata));
  });
  const token = await adminToken();
  const scopes = [{ name: 'tools:call', description: 'Call tools' }];
  const identifier = `${mcp.url}/mcp`;
  const { id } = await api('POST', '/v1/resources', { identifier, name: 'Tools', scopes }, token);
  await api('PATCH', `/v1/resources/${id}`, { status: 'published' }, token);
  await grant(ada.id, ['tools:call']);
});

after(() => {
  mcp.close();
  documents.close();
});

for (const [name, auth] of Object.entries(sdks)) {
  test(`${name}: a client that nobody has registered registers itself and is allowed by the person`, async () => {
    const provider = new Memory();
    await signIn(auth, provider);
    assert.doesNotMatch((provider.client as any).client_id, /^https:/);
    await refresh(auth, provider);
  });

  test(`${name}: a client is known by its metadata document`, async () => {
    const provider = new Memory(`${documents.url}/${name.replace(' ', '-')}/client.json`);
    await signIn(auth, provider);
    assert.equal((provider.client as any).client_id, provider.clientMetadataUrl);
    await refresh(auth, provider);
  });
}

/** What an application says of itself. */
const METADATA = {
  client_name: 'An assistant',
  redirect_uris: ['http://localhost/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
};

async function signIn(auth: (typeof sdks)[keyof typeof sdks], provider: Memory): Promise<void> {
  const serverUrl = `${mcp.url}/mcp`;
  assert.equal(await auth(provider as any, { serverUrl }), 'REDIRECT');
  const back = await new Browser(ada).authorize(provider.address!);
  const answer = { authorizationCode: back.searchParams.get('code')!, iss: back.searchParams.get('iss')! };
  assert.equal(await auth(provider as any, { serverUrl, ...answer }), 'AUTHORIZED');
  const { payload } = await jwtVerify(provider.saved!.access_token, keys, {
    issuer: ISSUER,
    audience: serverUrl,
  });
  assert.equal(payload.sub, ada.id);
  assert.match(String(payload['scope']), /tools:call/);
}

async function refresh(auth: (typeof sdks)[keyof typeof sdks], provider: Memory): Promise<void> {
  const before = provider.saved!;
  assert.equal(await auth(provider as any, { serverUrl: `${mcp.url}/mcp` }), 'AUTHORIZED');
  assert.notEqual(provider.saved!.refresh_token, before.refresh_token);
}

/** What an application remembers, as the SDK asks for it. */
class Memory {
  readonly redirectUrl = REDIRECT;
  address: URL | undefined;
  client: object | undefined;
  saved: { access_token: string; refresh_token: string } | undefined;
  private verifier = '';
  private discovered: unknown;

  constructor(readonly clientMetadataUrl?: string) {}

  get clientMetadata() {
    return { ...METADATA, redirect_uris: [this.redirectUrl] };
  }

  clientInformation = () => this.client;
  saveClientInformation = (client: object) => void (this.client = client);
  tokens = () => this.saved;
  saveTokens = (tokens: any) => void (this.saved = tokens);
  redirectToAuthorization = (address: URL) => void (this.address = address);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  saveDiscoveryState = (state: unknown) => void (this.discovered = state);
  discoveryState = () => this.discovered;
}

import { randomBytes } from 'node:crypto';

export const ISSUER = process.env['GATEHOUSE_URL']!;
export const ADMIN_PASSWORD = 'the-admin-of-the-clients';
export const PASSWORD = 'a long enough passphrase';
export const REDIRECT = 'http://localhost:4000/callback';

export interface Person {
  email: string;
  password: string;
  id: string;
  accessToken: string;
}

export interface MadeClient {
  id: string;
  clientId: string;
  clientSecret: string;
  serviceAccountId: string;
}

/** A new account, signed in. */
export async function newPerson(): Promise<Person> {
  const email = `${randomBytes(6).toString('hex')}@example.com`;
  const { access_token: accessToken, user } = await api('POST', '/v1/auth/signup', {
    email,
    password: PASSWORD,
  });
  return { email, password: PASSWORD, id: user.id, accessToken };
}

let admin: Promise<string> | undefined;

/** An access token of the first admin. */
export function adminToken(): Promise<string> {
  admin ??= api('POST', '/v1/auth/login', { email: 'admin@localhost', password: ADMIN_PASSWORD }).then(
    ({ access_token: token }) => token,
  );
  return admin;
}

/** Registers an application of the operator's own, for which nobody is asked for consent, unless `settings` say otherwise. */
export async function makeClient(settings: object = {}): Promise<MadeClient> {
  const body = { name: 'Shop', kind: 'first-party', redirectUris: [REDIRECT], ...settings };
  return api('POST', '/v1/oauth/clients', body, await adminToken());
}

/** An API of others, known to Gatehouse; gives its identifier. */
export async function makeResource(scopes: string[]): Promise<string> {
  const identifier = `https://${randomBytes(4).toString('hex')}.example/api`;
  const described = scopes.map((name) => ({ name, description: name }));
  const made = { identifier, name: 'Orders', scopes: described };
  const { id } = await api('POST', '/v1/resources', made, await adminToken());
  await api('PATCH', `/v1/resources/${id}`, { status: 'published' }, await adminToken());
  return identifier;
}

/** Gives an account a role of its own with these scopes. */
export async function grant(userId: string, scopes: string[]): Promise<void> {
  const name = `role-${randomBytes(4).toString('hex')}`;
  await api('POST', '/v1/roles', { name, scopes }, await adminToken());
  await api('PUT', `/v1/users/${userId}/roles`, { roles: ['user', name] }, await adminToken());
}

/** Calls the API of Gatehouse. @throws what it refuses */
export async function api(method: string, path: string, body?: object, token?: string): Promise<any> {
  const response = await fetch(ISSUER + path, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi-typescript.js';
import { codeOf, type SignIn } from './sign-in.js';

/** openapi-typescript's types, with openapi-fetch. */
export const signIn: SignIn = async (baseUrl, { email, password, secret }) => {
  const { GET, POST } = createClient<paths>({ baseUrl });
  const { error } = await POST('/v1/auth/login', { body: { email, password } });
  if (!error || !('challenge_token' in error)) throw new Error('no second factor was asked for');
  const { data } = await POST('/v1/auth/mfa/challenge', {
    body: { challenge_token: error.challenge_token, code: codeOf(secret) },
  });
  const headers = { authorization: `Bearer ${data?.access_token}` };
  const me = await GET('/v1/me', { headers });
  return me.data?.email;
};

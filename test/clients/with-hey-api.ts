import { createClient } from './generated/hey-api/client/index.js';
import {
  authControllerAnswerChallenge,
  authControllerLogIn,
  meControllerGet,
} from './generated/hey-api/sdk.gen.js';
import { codeOf, type SignIn } from './sign-in.js';

/** Hey API's client. */
export const signIn: SignIn = async (baseUrl, { email, password, secret }) => {
  const client = createClient({ baseUrl });
  const { error } = await authControllerLogIn({ client, body: { email, password } });
  if (!error || !('challenge_token' in error)) throw new Error('no second factor was asked for');
  const { data } = await authControllerAnswerChallenge({
    client,
    body: { challenge_token: error.challenge_token, code: codeOf(secret) },
  });
  const me = await meControllerGet({ client, headers: { authorization: `Bearer ${data?.access_token}` } });
  return me.data?.email;
};

import { authControllerAnswerChallenge, authControllerLogIn, meControllerGet } from './generated/orval.js';
import { codeOf, type SignIn } from './sign-in.js';

/** Orval's client of fetch, which knows its server from when it was generated. */
export const signIn: SignIn = async (_, { email, password, secret }) => {
  const refused = await authControllerLogIn({ email, password });
  if (refused.status !== 401 || !('challenge_token' in refused.data))
    throw new Error('no second factor was asked for');
  const { challenge_token } = refused.data;
  const finished = await authControllerAnswerChallenge({ challenge_token, code: codeOf(secret) });
  if (finished.status !== 200) throw new Error(`the challenge was answered with ${finished.status}`);
  const me = await meControllerGet({ headers: { authorization: `Bearer ${finished.data.access_token}` } });
  return me.status === 200 ? me.data.email : undefined;
};

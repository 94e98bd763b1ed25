import type { TestApp } from './app.js';
import type { SignedIn } from './client.js';
import { Visitor } from './visitor.js';

/** A browser that has signed in on the page, in a session of its own. */
export async function signedInVisitor(
  app: TestApp,
  { email, password }: Pick<SignedIn, 'email' | 'password'>,
) {
  const visitor = new Visitor(app.url);
  const { redirects, html } = await visitor.post('/login', { email, password });
  if (redirects[0] !== '/account') throw new Error(`the sign-in of ${email} did not lead on: ${html}`);
  return visitor;
}

import { Client, SignedIn } from './client.js';
import { MINUTE } from './clock.js';

export const ADMIN = { email: 'admin@localhost', password: 'the-admin-of-the-tests' };
export const PASSWORD = 'a long enough passphrase';

/** Less than what routes with a step-up ask for. */
const FRESH_MS = 4 * MINUTE;

/** Named people for the specs: `await (await app.as.member()).get('/v1/users')`. */
export class Actors {
  private count = 0;
  private signedInAdmin: Promise<SignedIn> | undefined;
  private signedInAt = 0;

  constructor(private readonly url: string) {}

  /** An anonymous caller. */
  anonymous(): Client {
    return new Client(this.url);
  }

  /** The first admin; the same session every time, while it has just signed in by the clock of the specs. */
  admin(): Promise<SignedIn> {
    if (Math.abs(Date.now() - this.signedInAt) >= FRESH_MS) {
      this.signedInAdmin = this.logIn(ADMIN.email, ADMIN.password);
      this.signedInAt = Date.now();
      this.signedInAdmin.catch(() => this.forgetAdmin());
    }
    return this.signedInAdmin!;
  }

  /** For who has ended the admin's session, or its token: the next time it is another. */
  forgetAdmin(): void {
    this.signedInAt = 0;
  }

  /** A new user who has just signed up. */
  async member(email = `member-${++this.count}@example.com`): Promise<SignedIn> {
    const { status, body } = await this.anonymous().post('/v1/auth/signup', { email, password: PASSWORD });
    if (status !== 201) throw new Error(`sign-up of ${email} answered ${status}: ${JSON.stringify(body)}`);
    return new SignedIn(this.url, email, PASSWORD, body, body.user.id);
  }

  /** A new user with a role of their own that has exactly these scopes. */
  async holderOf(...scopes: string[]): Promise<SignedIn> {
    const admin = await this.admin();
    const member = await this.member();
    const name = `holder-${this.count}`;
    const made = await admin.post('/v1/roles', { name, scopes });
    const given = await admin.put(`/v1/users/${member.id}/roles`, { roles: [name] });
    if (made.status !== 201 || given.status !== 200) throw new Error(`no holder: ${made.text} ${given.text}`);
    return member.refreshed();
  }

  /** A new session of a user who has an account. */
  async logIn(email: string, password: string = PASSWORD, more: object = {}): Promise<SignedIn> {
    const { status, body } = await this.anonymous().post('/v1/auth/login', { email, password, ...more });
    if (status !== 200) throw new Error(`login of ${email} answered ${status}: ${JSON.stringify(body)}`);
    return new SignedIn(this.url, email, password, body, body.user.id);
  }
}

import { setImmediate, setTimeout } from 'node:timers/promises';
import { answerOf, isBusy, isSignedIn, reasonOf, tooOften, whyNotSignedIn } from './answers.mjs';
import { Broken, CannotRun, Stopped, Undecided } from './outcomes.mjs';
import { Session } from './session.mjs';

const ANSWERS_WITHIN_MS = 10_000;
/** A run takes about 350. */
const MOST_REQUESTS = 1_000;
/** A login that is refused as one too many waits as it is told to, but not for longer than this. */
const LONGEST_WAIT_S = 60;

/** A running Gatehouse, and the sessions that were opened on it. */
export class Deployment {
  opened = 0;
  /** A login got no answer: it may have opened a session whose tokens are lost. */
  isOneLost = false;
  live = new Set();
  #stop;
  #say;
  #underway = new Set();
  #sent = 0;
  #isCleaningUp = false;

  /**
   * @param stop an AbortSignal: from then on nothing is sent but what ends sessions
   * @param say tells the operator why it waits
   */
  constructor({ url, email, password }, stop, say) {
    this.url = url;
    this.credentials = { email, password };
    this.#stop = stop;
    this.#say = say;
  }

  /** Signs in. @throws CannotRun when that does not work, with what to do about it */
  async open() {
    for (;;) {
      const answer = await this.#logIn();
      if (isSignedIn(answer)) return this.#begun(this.sessionOf(answer.body));
      if (!isBusy(answer)) throw new CannotRun(whyNotSignedIn(answer, this));
      await this.#waitAsTold(answer);
    }
  }

  /** Asks for tokens of a new session. */
  signIn() {
    return this.ask('POST', '/v1/auth/login', { body: this.credentials });
  }

  sessionOf(tokens) {
    return new Session(this, tokens);
  }

  /** What is left to end after all sessions. */
  async signOut() {}

  /**
   * What the deployment answers. On the signal `hangUp` the answer is not waited for any more.
   * @throws Broken when none comes, Undecided when it is that there were too many requests, Stopped
   */
  async send(method, path, request) {
    const answer = await this.ask(method, path, request);
    if (answer.status === 429) throw new Undecided(tooOften(answer));
    return answer;
  }

  /** @throws Stopped */
  async pause(ms) {
    await setTimeout(ms, undefined, { signal: this.#stop }).catch(() => {});
    this.#throwIfOver();
  }

  /** Ends every session that was opened and has not ended yet; `live` has those for which that failed. */
  async endSessions() {
    // An answer that is still on its way may bring a session, or a token of one.
    await Promise.allSettled(this.#underway);
    await setImmediate();
    this.#isCleaningUp = true;
    for (const session of this.live) {
      if (await session.end().catch(() => false)) this.live.delete(session);
    }
    this.#isCleaningUp = false;
  }

  /** Ends all that was opened. */
  async close() {
    await this.endSessions();
    this.#isCleaningUp = true;
    await this.signOut();
  }

  async #logIn() {
    try {
      return await this.signIn();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.isOneLost = true;
      throw new CannotRun(`${this.url}: ${error.message}`, { cause: error });
    }
  }

  /** The same, whatever it is. @throws Broken, Stopped */
  async ask(method, path, request = {}) {
    this.#throwIfOver();
    this.#sent++;
    const underway = this.#fetch(method, path, request);
    this.#underway.add(underway);
    try {
      return answerOf(await underway);
    } finally {
      this.#underway.delete(underway);
    }
  }

  async #fetch(method, path, { body, form, token, headers: more, hangUp }) {
    const patience = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          'user-agent': 'gatehouse-race-kit',
          ...(body && { 'content-type': 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...more,
        },
        ...((body || form) && { body: form ? new URLSearchParams(form) : JSON.stringify(body) }),
        // A password goes to no server but the one that was named.
        redirect: 'manual',
        signal: hangUp ? AbortSignal.any([patience, hangUp]) : patience,
      });
      const { status, headers } = response;
      return { status, headers, text: await response.text() };
    } catch (error) {
      const reason = patience.aborted ? `none within ${ANSWERS_WITHIN_MS / 1000} s` : reasonOf(error);
      throw new Broken(`an answer to ${method} ${path}`, reason);
    }
  }

  #begun(session) {
    this.opened++;
    this.live.add(session);
    return session;
  }

  async #waitAsTold(answer) {
    const { status, retryAfter } = answer;
    if (!(retryAfter <= LONGEST_WAIT_S)) throw new CannotRun(tooOften(answer));
    this.#say(`login answered ${status}: waiting ${retryAfter} s, as Retry-After says`);
    await this.pause(retryAfter * 1000);
  }

  #throwIfOver() {
    if (this.#isCleaningUp) return;
    if (this.#stop.aborted) throw new Stopped(this.#stop.reason);
    if (this.#sent >= MOST_REQUESTS) throw new Stopped(`${MOST_REQUESTS} requests were sent`);
  }
}

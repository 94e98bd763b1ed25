import { expect, told } from './outcomes.mjs';

/** What one node has revoked, others know within a second. */
const SHUT_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 100;

/** A session of the kit's own, with every token that it was given. */
export class Session {
  deployment;
  /** The access token that came last with each refresh token, oldest first. */
  #tokens = new Map();

  constructor(deployment, { refresh_token: refreshToken, access_token: accessToken }) {
    this.deployment = deployment;
    this.refreshToken = refreshToken;
    this.accessToken = accessToken;
    this.#keep(refreshToken, accessToken);
  }

  /** @param hangUp a signal on which the answer is not waited for any more */
  async refresh(token, hangUp) {
    const answer = await this.rotate(token, hangUp);
    const { refresh_token: refreshToken, access_token: accessToken } = answer.body ?? {};
    if (refreshToken) this.#keep(refreshToken, accessToken);
    return { ...answer, refreshToken, accessToken };
  }

  rotate(token, hangUp) {
    return this.deployment.send('POST', '/v1/auth/refresh', { body: { refresh_token: token }, hangUp });
  }

  logOut(accessToken = this.accessToken) {
    return this.deployment.send('POST', '/v1/auth/logout', { token: accessToken });
  }

  /** Whether an access token opens a guarded route. */
  async opens(accessToken, guarded = '/v1/auth/whoami') {
    const answer = await this.deployment.send('GET', guarded, { token: accessToken });
    expect([200, 401].includes(answer.status), `200 or 401 of GET ${guarded}`, told(answer));
    return answer.status === 200;
  }

  /** Whether an access token opens nothing any more, soon. */
  async isShutTo(accessToken) {
    const until = performance.now() + SHUT_WITHIN_MS;
    while (await this.opens(accessToken)) {
      if (performance.now() > until) return false;
      await this.deployment.pause(LOOK_EVERY_MS);
    }
    return true;
  }

  /** Ends it, no matter what became of it: a broken server may have made several of it. `false` when that failed. */
  async end() {
    let isOver = true;
    for (const [refreshToken, accessToken] of this.pairs) {
      if ((await this.logOut(accessToken)).status === 204) continue;
      // It is over, or the access token has expired.
      const answer = await this.refresh(refreshToken);
      const ended = answer.status === 200 ? await this.logOut(answer.accessToken) : answer;
      isOver &&= [204, 401].includes(ended.status);
    }
    return isOver;
  }

  /** Each refresh token with its access token, the latest first. */
  get pairs() {
    return [...this.#tokens].toReversed();
  }

  #keep(refreshToken, accessToken) {
    this.#tokens.delete(refreshToken);
    this.#tokens.set(refreshToken, accessToken);
  }
}

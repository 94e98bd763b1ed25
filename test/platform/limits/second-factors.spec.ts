import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Authenticator } from '../../support/authenticator.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import { answer, challenge, codeOf, protect, wrongCodeOf, type Protected } from '../../support/factors.js';
import { expectProblem } from '../../support/problem.js';

const STEP = 30 * SECOND;

describe('guessing a code', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on' } });
  });
  afterAll(() => app.close());
  // A source may fail 50 times in 10 minutes, and every user here comes from one.
  let tests = 0;
  beforeEach(() => {
    clock.stop();
    clock.forward(++tests * 11 * MINUTE);
  });
  afterEach(() => clock.release());

  const protectedMember = async (): Promise<Protected> => protect(await app.as.member());
  const failures = async () => {
    const [row] = await app.database.query<{ failures: number }>(
      'SELECT COALESCE(SUM(failures), 0) AS failures FROM failed_attempts',
    );
    return Number(row!.failures);
  };
  const fail = async (person: Protected, times: number) => {
    const token = await challenge(app, person);
    for (let time = 0; time < times; time++)
      expectProblem(await answer(app, token, wrongCodeOf(person.secret)), 401, 'wrong_code');
  };

  it('waits after five, wherever codes are asked for, and a challenge loses nothing by it', async () => {
    const person = await protectedMember();
    await fail(person, 5);
    const token = await challenge(app, person);
    for (let time = 0; time < 6; time++)
      expectProblem(await answer(app, token, codeOf(person.secret)), 429, 'too_many_requests');
    const stepUp = await person.person.post('/v1/auth/step-up', { code: codeOf(person.secret) });
    expectProblem(stepUp, 429, 'too_many_requests');
    const told = () =>
      app.database.query(`SELECT target_id FROM audit_events WHERE action = 'limit.reached'`);
    await expect.poll(told).toContainEqual({ target_id: person.person.id });
    clock.forward(2 * STEP);
    expect((await answer(app, token, codeOf(person.secret))).status).toBe(200);
  });

  it('at a step-up counts as well', async () => {
    const person = await protectedMember();
    const guess = () => person.person.post('/v1/auth/step-up', { code: wrongCodeOf(person.secret) });
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await guess()).status));
    expect(statuses.toSorted()).toEqual([...Array(5).fill(400), ...Array(15).fill(429)]);
  });

  it('is forgotten, and wrong passwords with it, when the right code comes', async () => {
    const person = await protectedMember();
    const { email } = person.person;
    const wrong = { email, password: 'a wrong passphrase' };
    const before = await failures();
    for (let time = 0; time < 3; time++)
      expect((await app.as.anonymous().post('/v1/auth/login', wrong)).status).toBe(401);
    await fail(person, 2);
    expect(await failures()).toBe(before + 5);
    clock.forward(4 * STEP);
    expect((await answer(app, await challenge(app, person), codeOf(person.secret))).status).toBe(200);
    expect(await failures()).toBe(before);
  });

  describe('100 times', () => {
    let owner: Protected;
    let key: Authenticator;

    beforeEach(async () => {
      owner = await protectedMember();
      key = new Authenticator(app.settings.PUBLIC_URL);
      const { body: options } = await owner.person.post('/v1/me/passkeys/options');
      const added = await owner.person.post('/v1/me/passkeys', {
        name: 'a key',
        response: key.create(options),
      });
      if (added.status !== 201) throw new Error(added.text);
      await fail(owner, 5);
      await app.database.query('UPDATE totp_factors SET failures = 100');
      const wait = 'UPDATE failed_attempts SET failures = 100, retry_at = :at WHERE failures > 0';
      await app.database.query(wait, { at: Date.now() + 15 * MINUTE });
    });
    const passkey = async () =>
      key.get((await app.as.anonymous().post('/v1/auth/passkeys/options')).body as { challenge: string });
    const logIn = async (proof: object) => answer(app, await challenge(app, owner), undefined, proof);
    const stepUp = (proof: object) => owner.person.post('/v1/auth/step-up', proof);

    it('ends codes of six digits', async () => {
      const proof = { code: codeOf(owner.secret) };
      expectProblem(await logIn(proof), 429, 'too_many_requests');
      expectProblem(await stepUp(proof), 429, 'too_many_requests');
    });

    it('leaves passkeys, at a login and at a step-up', async () => {
      expect((await logIn({ passkey: await passkey() })).status).toBe(200);
      expect((await stepUp({ passkey: await passkey() })).status).toBe(200);
      // Nothing was guessed at passkeys, so that they make up for no guess.
      expectProblem(await logIn({ code: codeOf(owner.secret) }), 429, 'too_many_requests');
    });

    it('leaves recovery codes, at a step-up and at a login, after which codes of six digits work again', async () => {
      const [first, second] = owner.recoveryCodes;
      expect((await stepUp({ code: first })).status).toBe(200);
      await app.database.query('UPDATE totp_factors SET failures = 100');
      expect((await logIn({ code: second })).status).toBe(200);
      expect((await logIn({ code: codeOf(owner.secret) })).status).toBe(200);
    });

    it('leaves a wrong recovery code wrong, which gets five answers a challenge like any other', async () => {
      const token = await challenge(app, owner);
      for (let time = 0; time < 5; time++)
        expectProblem(await answer(app, token, 'aaaa-bbbb-cccc-dddd'), 401, 'wrong_code');
      expectProblem(await answer(app, token, owner.recoveryCodes[0]), 401, 'invalid_challenge');
    });
  });

  it('with recovery codes is bounded for each source, but for devices that have signed in before', async () => {
    const person = await protectedMember();
    const { email, password } = person.person;
    const wrong = async (headers = {}) => {
      const { body } = await app.as.anonymous().post('/v1/auth/login', { email, password }, headers);
      return answer(app, body.challenge_token, 'aaaa-bbbb-cccc-dddd');
    };
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 60) statuses.push((await wrong()).status);
    expect(statuses.length).toBeLessThanOrEqual(51);
    expect(statuses.at(-1)).toBe(429);
    const stepUp = await person.person.post('/v1/auth/step-up', { code: person.recoveryCodes[0] });
    expect(stepUp.status).toBe(200);
  });

  it('by a user who knows the password does not keep the owner out of a device of theirs', async () => {
    const person = await protectedMember();
    const { email, password } = person.person;
    const first = await answer(app, await challenge(app, person), codeOf(person.secret));
    const device = { 'device-token': first.headers.get('device-token')! };
    clock.forward(4 * STEP);
    await fail(person, 5);
    const token = await challenge(app, person);
    expectProblem(await answer(app, token, codeOf(person.secret)), 429, 'too_many_requests');

    const asked = await app.as.anonymous().post('/v1/auth/login', { email, password }, device);
    const own = await answer(app, asked.body.challenge_token, codeOf(person.secret));
    expect(own.status).toBe(200);
    clock.forward(MINUTE);
  });
});

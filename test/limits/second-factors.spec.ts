import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { clock, MINUTE, SECOND } from '../support/clock.js';
import { answer, challenge, codeOf, protect, wrongCodeOf, type Protected } from '../support/factors.js';
import { expectProblem } from '../support/problem.js';

const STEP = 30 * SECOND;

describe('guessing a code', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT: 'on' } });
  });
  afterAll(() => app.close());
  beforeEach(() => clock.stop());
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

  it('by somebody who knows the password does not keep the owner out of a device of theirs', async () => {
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

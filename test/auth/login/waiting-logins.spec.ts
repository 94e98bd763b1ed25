import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../src/platform/access/actor.js';
import { OperatorResetService } from '../../../src/auth/by-mail/operator-reset.service.js';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { answer, challenge, codeOf, protect } from '../../support/factors.js';
import { expectProblem } from '../../support/problem.js';

const NEXT = 'another horse battery';

describe('a login that waits for its second factor', () => {
  let app: TestApp;

  beforeAll(async () => (app = await startApp()));
  afterAll(() => app.close());

  it('ends with the password it began with, when the operator sets another', async () => {
    const whose = await protect(await app.as.member());
    const token = await challenge(app, whose);
    const { user } = await app.nest.get(UsersService).get(whose.person.id);
    await app.nest.get(OperatorResetService).reset(user, NEXT, false, OPERATOR);
    expectProblem(await answer(app, token, codeOf(whose.secret)), 401, 'invalid_challenge');
    const mine = 'SELECT hash FROM challenges WHERE user_id = :id';
    expect(await app.database.query(mine, { id: user.id })).toEqual([]);
  });

  it('ends too when its owner changes the password, whose own session stays', async () => {
    const whose = await protect(await app.as.member());
    const { person } = whose;
    const token = await challenge(app, whose);
    const body = { currentPassword: person.password, newPassword: NEXT };
    expect((await person.post('/v1/me/password', body)).status).toBe(204);
    expectProblem(await answer(app, token, codeOf(whose.secret)), 401, 'invalid_challenge');
    expect((await person.get('/v1/me')).status).toBe(200);
  });
});

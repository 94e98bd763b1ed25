import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { Answer, SignedIn } from '../../support/client.js';
import { expectProblem } from '../../support/problem.js';

const ROUNDS = 20;

/** The ways to take an admin away. */
const WAYS: Record<string, (admin: SignedIn, id: string) => Promise<Answer>> = {
  delete: (admin, id) => admin.delete(`/v1/users/${id}`),
  disable: (admin, id) => admin.patch(`/v1/users/${id}`, { status: 'disabled' }),
  strip: (admin, id) => admin.put(`/v1/users/${id}/roles`, { roles: ['user'] }),
};

describe('the last admin', () => {
  let app: TestApp;
  /** Not always the first one, for of two who remove each other either may remain. */
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
  });
  afterAll(() => app.close());

  const activeAdmins = async () => {
    const rows = await app.database.query<{ id: string }>(
      `SELECT u.id FROM users u JOIN user_roles r ON r.user_id = u.id
       WHERE r.role_name = 'admin' AND u.status = 'active'`,
    );
    return rows.map(({ id }) => id);
  };
  const changesTo = (id: string) =>
    app.database.query(
      `SELECT id FROM audit_events WHERE target_id = :id AND action IN
        ('user.deleted', 'user.disabled', 'user.roles_changed')`,
      { id },
    );
  const promote = async (by: SignedIn) => {
    const member = await app.as.member();
    const { status } = await by.put(`/v1/users/${member.id}/roles`, { roles: ['user', 'admin'] });
    expect(status).toBe(200);
    return member.refreshed();
  };

  it.each(Object.keys(WAYS))('cannot %s themselves, and stays as they were', async (way) => {
    const before = await changesTo(admin.id);
    expectProblem(await WAYS[way]!(admin, admin.id), 409, 'last_admin');
    expect(await activeAdmins()).toEqual([admin.id]);
    expect((await admin.get('/v1/users')).status, 'their token lives on').toBe(200);
    expect(await changesTo(admin.id), 'what was refused has not happened').toEqual(before);
  });

  it('is still the last when the other admin is disabled', async () => {
    const other = await promote(admin);
    await WAYS['disable']!(admin, other.id);
    expectProblem(await WAYS['strip']!(admin, admin.id), 409, 'last_admin');
    await WAYS['delete']!(admin, other.id);
  });

  it('can go once there is another', async () => {
    const other = await promote(admin);
    const third = await promote(other);
    expect((await WAYS['delete']!(other, third.id)).status).toBe(204);
    expect((await WAYS['strip']!(other, other.id)).status).toBe(200);
    expect(await activeAdmins()).toEqual([admin.id]);
  });

  it('remains, exactly one, when two remove each other at once', { timeout: 60_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const other = await promote(admin);
      const way = Object.values(WAYS)[round % 3]!;
      const answers = await Promise.all([way(admin, other.id), way(other, admin.id)]);
      // The loser is told so, or is no admin any more by the time that they are heard.
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses[0], answers.map(({ text }) => text).join()).toBeLessThan(300);
      expect([401, 403, 404, 409]).toContain(statuses[1]);
      const left = await activeAdmins();
      expect(left).toHaveLength(1);
      if (left[0] === other.id) admin = other;
      expect(left).toEqual([admin.id]);
    }
  });
});

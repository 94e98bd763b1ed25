import { expect } from 'vitest';
import type { TestApp } from './app.js';

/**
 * Asserts that the audit trail of `app` gains these actions while `work` runs, in any order, and no others. Resolves to
 * what `work` gives. Sign in before it: a login is an action too.
 */
export async function expectOnly<T>(app: TestApp, actions: string[], work: () => Promise<T>): Promise<T> {
  const before = new Set((await recorded(app)).map(({ id }) => id));
  const result = await work();
  const gained = (await recorded(app)).filter(({ id }) => !before.has(id)).map(({ action }) => action);
  expect(gained.toSorted()).toEqual(actions.toSorted());
  return result;
}

function recorded({ database }: TestApp): Promise<{ id: string; action: string }[]> {
  return database.query('SELECT id, action FROM audit_events');
}

import type { TestApp } from './app.js';

/** Makes the address of an account proved, so that its owner is told by mail what happens to it. */
export async function proved<T extends { id: string }>(app: TestApp, person: T): Promise<T> {
  const sql = 'UPDATE users SET email_verified_at = created_at WHERE id = :id AND email_verified_at IS NULL';
  await app.database.run({ sql, params: { id: person.id } });
  return person;
}

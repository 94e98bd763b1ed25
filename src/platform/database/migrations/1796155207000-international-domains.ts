import { domainToUnicode } from 'node:url';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses are kept with their domain in Unicode; of two accounts of one address, both stay as they are. */
export class InternationalDomains1796155207000 implements MigrationInterface {
  name = 'InternationalDomains1796155207000';

  async up(runner: QueryRunner): Promise<void> {
    const users: { id: string; email: string }[] = await runner.query(
      `SELECT id, email FROM users WHERE email LIKE '%xn--%'`,
    );
    const [first, second, third] =
      runner.connection.options.type === 'postgres' ? ['$1', '$2', '$3'] : ['?', '?', '?'];
    const rename = `UPDATE users SET email = ${first} WHERE id = ${second}
      AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email = ${third})`;
    for (const { id, email } of users) {
      const at = email.lastIndexOf('@') + 1;
      const unicode = email.slice(0, at) + domainToUnicode(email.slice(at));
      if (unicode.length > at) await runner.query(rename, [unicode, id, unicode]);
    }
  }

  /** An earlier version takes them in either spelling. */
  async down(): Promise<void> {}
}

import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

const text = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const nullable = (name: string, type: string, length?: string) => ({ name, type, length, isNullable: true });

/** The letters that wait to be sent. */
export class Mails1796284800000 implements MigrationInterface {
  name = 'Mails1796284800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'mails',
        columns: [
          { ...text('id', 36), isPrimary: true },
          text('kind', 32),
          nullable('address', 'varchar', '320'),
          text('recipient', 43),
          text('source', 64),
          nullable('detail', 'text'),
          { name: 'tries', type: 'integer', default: 0 },
          nullable('due_at', 'bigint'),
          nullable('sent_at', 'bigint'),
        ],
        indices: [
          { name: 'mails_due', columnNames: ['due_at'] },
          { name: 'mails_recipient', columnNames: ['recipient', 'kind', 'sent_at'] },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('mails');
  }
}

import { Table, TableForeignKey, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Ends the device tokens of a user: each carries the number that the user had when it was handed out. */
export class DeviceEpochs1796112000000 implements MigrationInterface {
  name = 'DeviceEpochs1796112000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'device_epochs',
        columns: [
          { name: 'user_id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'epoch', type: 'integer' },
        ],
        foreignKeys: [
          new TableForeignKey({
            name: 'device_epochs_user_id',
            columnNames: ['user_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          }),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('device_epochs');
  }
}

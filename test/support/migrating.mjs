// A process that migrates a database as the server does, with one migration more, which stops half-way until its
// standard input ends.
import 'reflect-metadata';
import { once } from 'node:events';
import { DataSource, Table } from 'typeorm';
import { databaseOptions } from '../../dist/platform/database/database.options.js';
import { migrate } from '../../dist/platform/database/migrate.js';

const [url, sleepS] = process.argv.slice(2);
const told = once(process.stdin.resume(), 'end');

class Slow2999999999999 {
  name = 'Slow2999999999999';

  async up(runner) {
    const columns = [{ name: 'pid', type: 'integer', isPrimary: true }];
    await runner.createTable(new Table({ name: 'slow', columns }));
    process.stdout.write('half-way\n');
    if (!url.startsWith('sqlite:')) await runner.query(`SELECT pg_sleep(${sleepS})`);
    await told;
    await runner.query(`INSERT INTO slow (pid) VALUES (${process.pid})`);
  }
}

const dataSource = await new DataSource(databaseOptions(url)).initialize();
dataSource.migrations.push(new Slow2999999999999());
await migrate(dataSource);
await dataSource.destroy();
await told;

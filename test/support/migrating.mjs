// A process that migrates a database as the server does, with one migration more, which takes its time half-way.
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { DataSource, Table } from 'typeorm';
import { databaseOptions } from '../../dist/database/database.options.js';
import { migrate } from '../../dist/database/migrate.js';

const [url, slowMs] = process.argv.slice(2);

class Slow2999999999999 {
  name = 'Slow2999999999999';

  async up(runner) {
    const columns = [{ name: 'pid', type: 'integer', isPrimary: true }];
    await runner.createTable(new Table({ name: 'slow', columns }));
    process.stdout.write('half-way\n');
    // A single statement, where there is one that takes long, for it must not be cut off.
    if (url.startsWith('sqlite:')) await setTimeout(Number(slowMs));
    else await runner.query(`SELECT pg_sleep(${Number(slowMs) / 1000})`);
    await runner.query(`INSERT INTO slow (pid) VALUES (${process.pid})`);
  }
}

const dataSource = await new DataSource(databaseOptions(url)).initialize();
dataSource.migrations.push(new Slow2999999999999());
await migrate(dataSource);
await dataSource.destroy();

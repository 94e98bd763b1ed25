import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../../src/platform/database/database.service.js';
import { isUnavailable } from '../../../src/platform/database/database.errors.js';
import { databaseOptions } from '../../../src/platform/database/database.options.js';
import { DataSource } from 'typeorm';
import { isPostgres, makeDatabase, type TestDatabase } from '../../support/database.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { loadSettings } from '../../../src/platform/config/load-settings.js';

/** Stands between the server and its database, and can stop passing on what the server says. */
class Proxy {
  isFrozen = false;
  private readonly held: (() => void)[] = [];
  private readonly sockets: Socket[] = [];
  private server: Server;

  async listen(target: URL): Promise<number> {
    this.server = createServer((client) => {
      const database = connect(Number(target.port || 5432), target.hostname);
      this.sockets.push(client, database);
      client.on('data', (chunk) =>
        this.isFrozen ? this.held.push(() => database.write(chunk)) : database.write(chunk),
      );
      database.on('data', (chunk) => client.write(chunk));
      for (const socket of [client, database]) socket.on('error', () => {});
      client.on('close', () => database.destroy());
      database.on('close', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const pass of this.held.splice(0)) pass();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe.runIf(isPostgres)('a database that freezes in the middle of a batch', () => {
  const proxy = new Proxy();
  let scratch: TestDatabase;
  let dataSource: DataSource;
  let direct: DataSource;
  let database: Database;

  beforeAll(async () => {
    scratch = await makeDatabase();
    const url = new URL(scratch.url);
    direct = await new DataSource(databaseOptions(url.href)).initialize();
    await direct.query('CREATE TABLE written (id integer PRIMARY KEY)');
    const through = new URL(scratch.url);
    through.host = `127.0.0.1:${await proxy.listen(url)}`;
    dataSource = await new DataSource(databaseOptions(through.href)).initialize();
    const settings = loadSettings({
      GATEHOUSE_SECRET,
      LOG_LEVEL: 'silent',
    });
    database = new Database(dataSource, settings);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await direct.destroy();
    proxy.close();
    await scratch.drop();
  });

  it('answers in time, and loses nothing that it acknowledges afterwards', async () => {
    const insert = (id: number) => ({ sql: 'INSERT INTO written (id) VALUES (:id)', params: { id } });
    await database.run(insert(1));

    proxy.isFrozen = true;
    const startedAt = performance.now();
    const failure = await database.atomically([insert(2), insert(3)]).catch((error: unknown) => error);
    expect(isUnavailable(failure)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);

    proxy.thaw();
    expect((await database.run(insert(4))).affected).toBe(1);
    await database.atomically([insert(5)]);
    const rows = await direct.query('SELECT id FROM written ORDER BY id');
    expect(rows).toEqual([{ id: 1 }, { id: 4 }, { id: 5 }]);
    const open = await direct.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'",
    );
    expect(open).toEqual([]);
  });
});

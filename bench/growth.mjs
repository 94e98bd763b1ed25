// `npm run bench -- growth`: the same server over 1,000, 100,000 and 1,000,000 users with a session each.
import Database from 'better-sqlite3';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { derivedKey } from '../dist/platform/config/derived-key.js';
import { refreshToken, sessionKey } from '../dist/tokens/sessions/refresh-token.js';
import { candidates, SECRET } from './candidates.mjs';
import { closedLoop, Connection, get, post } from './load.mjs';
import { password, tuneSqlite } from './peers/common.mjs';
import { median } from './report.mjs';
import { serverOf } from './servers.mjs';

const SIZES = [1_000, 100_000, 1_000_000];
const LARGEST = `growth-${SIZES.at(-1)}`;
const ROWS_AT_ONCE = 10_000;
const LOGINS_A_ROUND = 60;
for (const size of SIZES) {
  candidates[`growth-${size}`] = {
    ...candidates.gatehouse,
    label: `${size.toLocaleString('en')} users`,
    size,
  };
}

const LATENCY = { columns: { p50: 'p50 ms', p99: 'p99 ms', cpu: 'cpu µs each' }, compare: 'p50' };
const COMMON = { name: 'growth', ours: LARGEST, candidates: SIZES.map((size) => `growth-${size}`) };

/** As in `run.mjs`; the ratio is that of the largest to each of the others, so less is better. */
export const growthScenarios = [
  { ...COMMON, title: 'Guarded calls', ...LATENCY, prepare: members, measure: guarded },
  {
    ...COMMON,
    title: 'Refresh rotations, each of another session',
    ...LATENCY,
    prepare: filled,
    measure: refreshes,
  },
  { ...COMMON, title: 'Users, page after page', ...LATENCY, prepare: admin, measure: pages },
  {
    ...COMMON,
    title: 'Logins, each of another user, less the password hash',
    columns: { p50: 'p50 ms', whole: 'with the hash', hash: 'hash ms' },
    compare: 'p50',
    prepare: filled,
    measure: logins,
  },
  {
    ...COMMON,
    title: 'Memory and disk',
    columns: { memory: 'resident MB', disk: 'database MB', bytes: 'bytes a user with a session' },
    compare: 'memory',
    prepare: filled,
    measure: sizes,
  },
];

/** Fills the database of a server that has just been made, once; gives what the rows are known by. */
async function filled(server) {
  if (server.rows) return server.rows;
  const template = (await ask(server.port, post('/v1/auth/signup', account('template')))).user.id;
  await server.stop();
  const database = tuneSqlite(new Database(join(server.folder, 'gatehouse.db')));
  const before = database.prepare(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  );
  const emptyBytes = before.get().bytes;
  server.rows = copyRows(database, template, server.candidate.size);
  database.pragma('wal_checkpoint(TRUNCATE)');
  server.rows.bytes = (before.get().bytes - emptyBytes) / server.candidate.size;
  database.close();
  await server.start();
  return server.rows;
}

/** As many users as asked for, each with the template's password, role and session, under ids of their own. */
function copyRows(database, template, size) {
  const insertInto = (table, column) => {
    const row = database.prepare(`SELECT * FROM ${table} WHERE ${column} = ?`).get(template);
    const names = Object.keys(row);
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (:${names.join(', :')})`;
    return { row, insert: database.prepare(sql) };
  };
  const [users, roles, sessions] = [
    insertInto('users', 'id'),
    insertInto('user_roles', 'user_id'),
    insertInto('sessions', 'user_id'),
  ];
  const some = database.transaction((from, to) => {
    for (let n = from; n < to; n++) {
      const id = idOf('a', n);
      users.insert.run({ ...users.row, id, email: emailOf(`user-${n}`) });
      roles.insert.run({ ...roles.row, user_id: id });
      sessions.insert.run({ ...sessions.row, id: idOf('b', n), user_id: id });
    }
  });
  for (let from = 0; from < size; from += ROWS_AT_ONCE) some(from, Math.min(size, from + ROWS_AT_ONCE));
  const { salt, generation } = sessions.row;
  return { size, salt, generation, generations: new Map(), next: 0 };
}

/** A UUIDv7 in the past; as with real ones, later rows sort after earlier ones. */
function idOf(kind, n) {
  const digits = n.toString(16).padStart(11, '0');
  return `0190${digits.slice(0, 4)}-${digits.slice(4, 8)}-7${digits.slice(8)}-8000-00000000000${kind}`;
}

const emailOf = (name) => `${name}@example.com`;
const account = (name) => JSON.stringify({ email: emailOf(name), password });

/** Another row each time, all over the table. */
function takeRow(rows) {
  const STEP = 7_919; // a prime that divides none of the sizes
  return (rows.next++ * STEP) % rows.size;
}

/** The body that rotates the next session; sessions come round again, a generation later. */
function nextRefresh(rows) {
  const n = takeRow(rows);
  const generation = rows.generations.get(n) ?? rows.generation;
  rows.generations.set(n, generation + 1);
  const key = sessionKey(rows.salt, derivedKey(SECRET, 'refresh-token'));
  return JSON.stringify({ refresh_token: refreshToken(idOf('b', n), generation, key) });
}

async function members(server) {
  const rows = await filled(server);
  const made = [];
  for (let count = 0; count < 100; count++) {
    const { access_token: token } = await ask(server.port, post('/v1/auth/refresh', nextRefresh(rows)));
    made.push(get('/v1/auth/whoami', `Authorization: Bearer ${token}`));
  }
  return made;
}

function guarded({ port }, requests, { seconds }) {
  let turn = 0;
  return oneAtATime(port, seconds, () => requests[turn++ % requests.length]);
}

function refreshes({ port }, rows, { seconds }) {
  return oneAtATime(port, seconds, () => post('/v1/auth/refresh', nextRefresh(rows)));
}

async function admin(server) {
  await filled(server);
  const body = JSON.stringify({ email: 'admin@localhost', password });
  const { access_token: token } = await ask(server.port, post('/v1/auth/login', body));
  return { header: `Authorization: Bearer ${token}`, cursor: null };
}

function pages({ port }, reader, { seconds }) {
  const next = () =>
    get(`/v1/users?limit=50${reader.cursor ? `&cursor=${reader.cursor}` : ''}`, reader.header);
  const done = (_client, answer) => (reader.cursor = JSON.parse(answer.toString()).nextCursor);
  return closedLoop({ port, clients: 1, seconds, next, done });
}

/** The hash alone is timed on the servers' core, too, right before. */
async function logins({ port }, rows) {
  const alone = await ask((await serverOf('bare-argon2')).port, get('/?clients=1&ms=1500'));
  const hash = (alone.seconds * 1000) / alone.count;
  const whole = [];
  const connection = await Connection.open(port);
  for (let count = 0; count < LOGINS_A_ROUND; count++) {
    const request = post('/v1/auth/login', account(`user-${takeRow(rows)}`));
    const begun = performance.now();
    await connection.ask(request);
    whole.push(performance.now() - begun);
  }
  connection.close();
  return { whole: median(whole), hash, p50: median(whole) - hash };
}

async function sizes(server, rows) {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  const memory = Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  const disk = statSync(join(server.folder, 'gatehouse.db')).size / 1024 ** 2;
  return { memory, disk, bytes: rows.bytes };
}

const oneAtATime = (port, seconds, next) => closedLoop({ port, clients: 1, seconds, next });

async function ask(port, request) {
  const connection = await Connection.open(port);
  try {
    return await connection.askJson(request);
  } finally {
    connection.close();
  }
}

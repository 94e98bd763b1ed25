// The least that a rotation needs: one conditional UPDATE and one ES256 signature. Nothing is checked about the token
// but its generation.
import Database from 'better-sqlite3';
import { sign } from 'node:crypto';
import { join } from 'node:path';
import { claims, folder, keyPair, tuneSqlite } from './common.mjs';

const { privateKey } = keyPair();
const database = tuneSqlite(new Database(join(folder, 'refresh.db')));
database.exec('CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL)');
const begin = database.prepare('INSERT INTO session (generation) VALUES (0)');
const rotate = database.prepare(
  'UPDATE session SET generation = generation + 1 WHERE id = ? AND generation = ?',
);
const header = base64url({ alg: 'ES256', typ: 'at+jwt' });

/** A refresh token of a new session. */
export function begun() {
  return `${begin.run().lastInsertRowid}.0`;
}

/** The tokens that take the place of a refresh token; `undefined` for one that was rotated before. */
export function rotated(refreshToken) {
  const [id, generation] = refreshToken.split('.').map(Number);
  if (rotate.run(id, generation).changes !== 1) return undefined;
  return {
    access_token: accessToken(generation),
    refresh_token: `${id}.${generation + 1}`,
    token_type: 'Bearer',
  };
}

function accessToken(n) {
  const iat = Math.floor(Date.now() / 1000);
  const input = `${header}.${base64url({ ...claims(n), iat, exp: iat + 900 })}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function base64url(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

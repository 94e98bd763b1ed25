// node:http with the least that a rotation needs: one conditional UPDATE and one ES256 signature. Nothing is checked
// about the token but its generation.
import Database from 'better-sqlite3';
import { sign } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { answer, claims, folder, host, jsonBody, keyPair, port, several, tuneSqlite } from './common.mjs';

const { privateKey } = keyPair();
const database = tuneSqlite(new Database(join(folder, 'refresh.db')));
database.exec('CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, generation INTEGER NOT NULL)');
const begin = database.prepare('INSERT INTO session (generation) VALUES (0)');
const rotate = database.prepare(
  'UPDATE session SET generation = generation + 1 WHERE id = ? AND generation = ?',
);
const header = base64url({ alg: 'ES256', typ: 'at+jwt' });

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/bench/sessions') {
    const make = () => `${begin.run().lastInsertRowid}.0`;
    return answer(response, await several(searchParams.get('count'), make));
  }
  const [id, generation] = (await jsonBody(request)).refresh_token.split('.').map(Number);
  if (rotate.run(id, generation).changes !== 1) return response.writeHead(401).end();
  return answer(response, {
    access_token: accessToken(generation),
    refresh_token: `${id}.${generation + 1}`,
    token_type: 'Bearer',
  });
}).listen(port, host);

function accessToken(n) {
  const iat = Math.floor(Date.now() / 1000);
  const input = `${header}.${base64url({ ...claims(n), iat, exp: iat + 900 })}`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function base64url(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

// Express and jsonwebtoken with a shared secret (HS256). No database, no revocation.
//   SECRET=text     the secret is a string, as in most tutorials; jsonwebtoken then tries on every call whether it is
//                   a public key
//   SECRET=object   the secret is a KeyObject
import express from 'express';
import jwt from 'jsonwebtoken';
import { createSecretKey } from 'node:crypto';
import { claims, host, port, secret, several, url, whoami } from './common.mjs';

const key = process.env.SECRET === 'text' ? secret : createSecretKey(Buffer.from(secret));
const app = express();

function authenticate(request, response, next) {
  const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
  if (scheme !== 'Bearer') return response.sendStatus(401);
  try {
    request.user = jwt.verify(token, key, { algorithms: ['HS256'], issuer: url, audience: url });
    return next();
  } catch {
    return response.sendStatus(401);
  }
}

app.get('/whoami', authenticate, (request, response) => response.json(whoami(request.user)));

app.get('/bench/tokens', async (request, response) => {
  response.json(await several(request.query.count, (n) => jwt.sign(claims(n), key, { expiresIn: '1d' })));
});

app.listen(port, host);

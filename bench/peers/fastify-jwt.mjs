// Fastify and @fastify/jwt with ES256 and its cache of verified tokens. No database, no revocation.
// CACHE is the number of tokens its cache holds; without it, the plugin's own default (1,000).
import fastifyJwt from '@fastify/jwt';
import Fastify from 'fastify';
import { claims, host, keyPair, port, several, url, whoami } from './common.mjs';

const { privatePem, publicPem } = keyPair();
const app = Fastify();

await app.register(fastifyJwt, {
  secret: { private: privatePem, public: publicPem },
  sign: { algorithm: 'ES256', expiresIn: '1d' },
  verify: {
    algorithms: ['ES256'],
    allowedIss: url,
    allowedAud: url,
    cache: process.env.CACHE ? Number(process.env.CACHE) : true,
  },
});

app.get('/whoami', { onRequest: (request) => request.jwtVerify() }, async (request) => whoami(request.user));

app.get('/bench/tokens', ({ query }) => several(query.count, (n) => app.jwt.sign(claims(n))));

await app.listen({ port, host });

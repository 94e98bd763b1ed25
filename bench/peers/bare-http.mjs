// node:http with no check of anything: as fast as a guarded call could be in this runtime.
import { createServer } from 'node:http';
import { answer, claims, host, port, several, whoami } from './common.mjs';

const caller = { ...claims(0), exp: Math.ceil(Date.now() / 1000) + 86_400 };

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/bench/tokens') answer(response, await several(searchParams.get('count'), String));
  else answer(response, whoami(caller));
}).listen(port, host);

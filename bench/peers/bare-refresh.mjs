// node:http around the least that a rotation needs.
import { createServer } from 'node:http';
import { answer, host, jsonBody, port, several } from './common.mjs';
import { begun, rotated } from './rotation.mjs';

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/bench/sessions')
    return answer(response, await several(searchParams.get('count'), begun));
  const tokens = rotated((await jsonBody(request)).refresh_token);
  return tokens ? answer(response, tokens) : response.writeHead(401).end();
}).listen(port, host);

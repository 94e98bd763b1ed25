#!/bin/sh
# A client of openid-client 6 that is given nothing but a secret sends it in the body (`client_secret_post`), even where the server's
# metadata list `client_secret_basic` alone. RFC 6749 §2.3.1 says that servers must take the header and recommends against the body; OIDC and
# RFC 8414 make `client_secret_basic` the default; openid-client 5 sent the header. A client that is registered with the default is
# refused with `invalid_client` by a server that holds it to its method.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent openid-client@6.9.0
cat > run.mjs <<'END'
import { createServer } from 'node:http';
import * as client from 'openid-client';
let seen;
const server = createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  const issuer = `http://localhost:${server.address().port}`;
  if (request.method === 'GET')
    return response.end(JSON.stringify({ issuer, token_endpoint: `${issuer}/token`, token_endpoint_auth_methods_supported: ['client_secret_basic'] }));
  const body = Buffer.concat(await request.toArray()).toString();
  seen = { header: request.headers.authorization, body };
  response.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer' }));
}).listen(0, async () => {
  const url = new URL(`http://localhost:${server.address().port}`);
  const config = await client.discovery(url, 'shop', 'secret', undefined, { execute: [client.allowInsecureRequests] });
  await client.clientCredentialsGrant(config);
  server.close();
  console.log('openid-client 6.9.0 sent', seen);
  process.exit(seen.header === undefined && seen.body.includes('client_secret=secret') ? 0 : 1);
});
END
node run.mjs

#!/bin/sh
# Node's `fetch` sends `sec-fetch-mode: cors` with every request, whatever mode or header it is given, though no page and no CORS are there.
# Servers that tell navigation from script by it, as mod_auth_openidc does, answer a test or a script 401 where a browser gets a redirect.
# `node:http` sends what it is given. Other headers of the kind, such as `sec-fetch-dest`, can be set.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > run.mjs <<'END'
import { createServer, get } from 'node:http';
const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const server = createServer(({ headers: h }, response) => response.end(`${h['sec-fetch-mode']} ${h['sec-fetch-dest']}`));
server.listen(0, async () => {
  const url = `http://localhost:${server.address().port}`;
  const fetched = await (await fetch(url, { headers })).text();
  const got = await new Promise((done) => get(url, { headers }, async (answer) => done(Buffer.concat(await answer.toArray()).toString())));
  server.close();
  console.log(`Node ${process.version}: asked for "navigate document", fetch sent "${fetched}", node:http "${got}"`);
  process.exit(fetched === 'cors document' && got === 'navigate document' ? 0 : 1);
});
END
node run.mjs

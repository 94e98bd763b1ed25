#!/usr/bin/env bash
# rate-limiter-flexible names the statements that it sends to PostgreSQL, so that node-postgres prepares them on a connection.
# Behind PgBouncer before 1.21 in transaction mode the next one goes over another: "prepared statement does not exist".
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null && npm install --no-audit --no-fund --silent rate-limiter-flexible@11.4.0
cat > see.mjs <<'JS'
import { RateLimiterPostgres } from 'rate-limiter-flexible';
const sent = [];
const storeClient = { query: async (query) => (sent.push(query), { rows: [{ points: 1, expire: null }] }) };
const limiter = new RateLimiterPostgres({ storeClient, storeType: 'client', tableName: 'limits', tableCreated: true, points: 5, duration: 60 });
await limiter.consume('a');
console.log('rate-limiter-flexible 11.4.0 sends a statement with the name', JSON.stringify(sent[0].name));
process.exit(sent[0].name === 'limits:rlflx-upsert' ? 0 : 1);
JS
node see.mjs

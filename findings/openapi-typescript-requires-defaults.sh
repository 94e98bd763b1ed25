#!/usr/bin/env bash
# openapi-typescript makes a property of a request body that may be left out, and has a `default`, a required one: whoever adds
# a default to a document breaks the callers that compile against it. --default-non-nullable=false is the way out.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null && npm install --no-audit --no-fund --silent openapi-typescript@7.13.0 typescript@5.9.3
cat > api.json <<'JSON'
{ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {},
  "components": { "schemas": { "Body": { "type": "object", "required": ["a"], "properties": {
    "a": { "type": "string" }, "b": { "type": "string" }, "c": { "type": "string", "default": "x" } } } } } }
JSON
echo 'openapi-typescript 7.13.0, of a body of which only "a" is required:'
npx openapi-typescript api.json -o usual.ts >/dev/null 2>&1
npx openapi-typescript api.json -o option.ts --default-non-nullable=false >/dev/null 2>&1
grep -E '^ +(a|b|c)\??:' usual.ts
grep -qE '^ +b\?: string' usual.ts && grep -qE '^ +c: string' usual.ts && grep -qE '^ +c\?: string' option.ts

#!/bin/sh
# The npm package `node`, installed to run one tool by a newer Node, takes over all scripts of its package.json: npm puts `node_modules/.bin`
# first in PATH, and the package's command is called `node`. Native modules that were built for the other Node fail to load then.
# A package.json of its own, in a folder of its own, keeps it to the tool.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > package.json <<'END'
{ "private": true, "scripts": { "which": "node --version" }, "allowScripts": { "node": true } }
END
npm install --no-audit --no-fund --silent node@24.9.0
here=$(node --version)
there=$(npm run --silent which)
echo "this Node is $here; a script of the package.json runs $there"
test "$there" = v24.9.0

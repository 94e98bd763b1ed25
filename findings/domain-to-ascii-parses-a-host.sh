#!/bin/sh
# `url.domainToASCII()` is described as the Punycode serialisation of a domain. It runs the host parser of the URL standard:
# numbers become IPv4 addresses, escapes are decoded, and tabs and line ends vanish. As the normal form of the domain of an
# e-mail address it makes `ada@1.2` and `ada@1.0.0.2`, or `ada@%61.example` and `ada@a.example`, one account.
set -eu
cat > "${TMPDIR:-/tmp}/domain-to-ascii.$$.mjs" <<'END'
import { domainToASCII } from 'node:url';
const seen = ['bücher.example', '1.2', '0x7f.1', '%61.example', 'a\tb.example', 'a b.example'].map((domain) => [
  domain,
  domainToASCII(domain),
]);
console.log(`Node ${process.version}`);
for (const [domain, ascii] of seen) console.log(JSON.stringify(domain).padEnd(20), JSON.stringify(ascii));
const expected = ['xn--bcher-kva.example', '1.0.0.2', '127.0.0.1', 'a.example'];
process.exit(expected.every((ascii, n) => seen[n][1] === ascii) ? 0 : 1);
END
trap 'rm -f "${TMPDIR:-/tmp}/domain-to-ascii.$$.mjs"' EXIT
node "${TMPDIR:-/tmp}/domain-to-ascii.$$.mjs"

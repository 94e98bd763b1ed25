#!/bin/sh
# `validate()` of otpauth answers `null` for a wrong code, also for one that is too short or of ASCII letters. For six characters that
# are not ASCII it throws a RangeError: lengths are compared in characters, and the bytes in constant time, which are more. A person
# with an Arabic keyboard types such codes, and the server answers 500.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent otpauth@9.5.2
cat > run.mjs <<'END'
import { Secret, TOTP, version } from 'otpauth';
const secret = new Secret({ size: 20 });
const check = (token) => {
  try {
    return TOTP.validate({ token, secret });
  } catch (error) {
    return `throws ${error.name}: ${error.message}`;
  }
};
console.log(`otpauth ${version}, Node ${process.version}`);
const seen = ['12345', 'abcdef', '12345é', '١٢٣٤٥٦'].map((token) => [token, check(token)]);
for (const [token, answer] of seen) console.log(JSON.stringify(token), answer);
process.exit(seen.map(([, answer]) => typeof answer).join() === 'object,object,string,string' ? 0 : 1);
END
node run.mjs

import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { CannotRun } from './outcomes.mjs';

/** What the server itself allows, and what it takes when nothing is set. */
const LONGEST_WINDOW_S = 60;
const USUAL_WINDOW = '30s';

const USAGE = `npm run race-kit -- --url <url> --email <address> [--password <password>]

  --url           where the deployment is, such as https://auth.example.com
  --email         an account without a second factor, best one made for this
  --password      or RACE_KIT_PASSWORD, or - to read it from standard input: command lines can be seen by others
  --client-id     of a client whose refresh tokens are tried, at POST /oauth/token, in place of the account's own
  --client-secret better in RACE_KIT_CLIENT_SECRET; left out for a public client
  --redirect-uri  one of that client's; nothing is sent there
  --reuse-window  the REFRESH_REUSE_WINDOW of the deployment; ${USUAL_WINDOW} when left out, 0 is the strict mode
  --strict        the same as --reuse-window 0
  --skip-replay   leave out what has to wait until the reuse window is over
  --help`;

const OPTIONS = {
  url: { type: 'string' },
  email: { type: 'string' },
  password: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  'redirect-uri': { type: 'string' },
  'reuse-window': { type: 'string' },
  strict: { type: 'boolean' },
  'skip-replay': { type: 'boolean' },
  help: { type: 'boolean' },
};

/**
 * What was asked for; `undefined` for the usage alone. The window is in ms.
 * @throws CannotRun
 */
export async function readOptions(args, env, stdin) {
  const given = parse(args);
  if (given.help) return undefined;
  return {
    url: urlFrom(given.url),
    email: given.email ?? refuse('--email is missing'),
    windowMs: windowFrom(given),
    skipsReplay: given['skip-replay'] ?? false,
    password: await passwordFrom(given.password ?? env.RACE_KIT_PASSWORD, stdin),
    client: clientFrom(given, env),
  };
}

export const usage = () => `${USAGE}\n`;

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    // Node goes on to tell how an argument could begin with a dash.
    return refuse(error.message.split(/\.\s/)[0]);
  }
}

function urlFrom(given = '') {
  if (given === '') return refuse('--url is missing');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return refuse('--url must start with http:// or https://');
  if (url.username || url.search || url.hash) return refuse('--url must be without user, query and fragment');
  return url.href.replace(/\/+$/, '');
}

function clientFrom({ 'client-id': id, 'client-secret': secret, 'redirect-uri': redirectUri }, env) {
  if (id === undefined) {
    if (secret !== undefined || redirectUri !== undefined) return refuse('--client-id is missing');
    return undefined;
  }
  if (!URL.canParse(redirectUri ?? '')) return refuse('--redirect-uri must be one of the client');
  return { id, secret: secret ?? env.RACE_KIT_CLIENT_SECRET, redirectUri };
}

function windowFrom({ strict, 'reuse-window': given }) {
  if (strict && given !== undefined) return refuse('--strict and --reuse-window exclude each other');
  const [, amount, unit] = /^(\d{1,9})(s|m|)$/.exec(strict ? '0' : (given ?? USUAL_WINDOW)) ?? [];
  const seconds = Number(amount) * (unit === 'm' ? 60 : 1);
  const isDuration = unit !== '' || seconds === 0;
  if (isDuration && seconds <= LONGEST_WINDOW_S) return seconds * 1000;
  return refuse(
    `--reuse-window must be a duration up to ${LONGEST_WINDOW_S}s, such as ${USUAL_WINDOW}, or 0`,
  );
}

async function passwordFrom(given, stdin) {
  const password = given === '-' ? (await text(stdin)).replace(/\r?\n$/, '') : given;
  return password || refuse('the password is missing: set RACE_KIT_PASSWORD, or --password - to read it');
}

function refuse(reason) {
  throw new CannotRun(`${reason}; --help tells more`);
}

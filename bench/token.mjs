// `npm run bench -- token`: the token endpoint, and introspection. README.md says what each of them means.
import { closedLoop, openLoop } from './load.mjs';

const OURS = 'gatehouse';
const CLIENTS = 16;
/** So many are made before each round: they live for a minute. */
const CODES = 2_000;
const INTROSPECTIONS_PER_SECOND = 500;

/** Of processor time, which other work on the machine moves less than the rate. */
const PER_CPU = {
  columns: { rate: 'per second', p50: 'p50 ms', p99: 'p99 ms', cpu: 'cpu µs each', perCpu: 'per s of cpu' },
  compare: 'perCpu',
};
const COMMON = { name: 'token', candidates: [OURS, 'oidc-provider'], ...PER_CPU };

/** As in `run.mjs`. */
export const tokenScenarios = [
  {
    ...COMMON,
    title: 'Token endpoint: refresh tokens of a public client',
    prepare: prepared((oauth) => oauth.refreshes(CLIENTS)),
    measure: refreshes,
  },
  {
    ...COMMON,
    title: 'Token endpoint: client credentials',
    prepare: prepared((oauth) => oauth.credentials()),
    measure: ({ port }, request, { seconds }) =>
      closedLoop({ port, clients: CLIENTS, seconds, next: () => request }),
  },
  {
    ...COMMON,
    title: 'Token endpoint: a code for an access, a refresh and an ID token',
    prepare: prepared((oauth) => oauth.codes()),
    measure: codes,
  },
  {
    name: COMMON.name,
    candidates: [OURS],
    columns: { p50: 'p50 ms', p99: 'p99 ms' },
    compare: 'p99',
    title: `Introspection of access and refresh tokens in turn, at ${INTROSPECTIONS_PER_SECOND}/s`,
    prepare: prepared((oauth) => oauth.introspections()),
    measure: introspections,
  },
];

function prepared(ask) {
  return ({ candidate, port }) => candidate.oauth(port).then(ask);
}

/** Every client rotates the token of its own session, from round to round. */
function refreshes({ port }, { current, request }, { seconds }) {
  return closedLoop({
    port,
    clients: CLIENTS,
    seconds,
    next: (client) => request(current[client]),
    done: (client, answer) => (current[client] = JSON.parse(answer.toString()).refresh_token),
  });
}

/** Each code once; making them is not measured. */
async function codes(server, { make, request }, { seconds }) {
  const made = await make(CODES);
  const cpuBefore = server.cpuMs();
  const next = () => made.length > 0 && request(made.pop());
  const numbers = await closedLoop({ port: server.port, clients: CLIENTS, seconds, next });
  return { ...numbers, cpu: ((server.cpuMs() - cpuBefore) * 1000) / numbers.sent };
}

function introspections({ port }, requests, { latencySeconds }) {
  let turn = 0;
  const next = () => requests[turn++ % requests.length];
  return openLoop({ port, perSecond: INTROSPECTIONS_PER_SECOND, seconds: latencySeconds, next });
}

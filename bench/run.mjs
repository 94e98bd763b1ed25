// `npm run bench`: the scenarios, and how they are run. README.md says what each of them means.
import { parseArgs } from 'node:util';
import { growthScenarios } from './growth.mjs';
import { closedLoop, Connection, get, openLoop, post, sleep } from './load.mjs';
import { password } from './peers/common.mjs';
import { machine, median, show, summarise, write } from './report.mjs';
import { isPinned, serverOf, stopAll } from './servers.mjs';
import { tokenScenarios } from './token.mjs';

const OURS = 'gatehouse';
const CLIENTS = 16;
const STEADY_RATE = 50;
const TIME_LIMIT_MIN = 45;
/** A warm-up goes on until it has sent this many, as it is calls and not seconds that make code fast. */
const WARM_UP_REQUESTS = 3_000;
const WARM_UP_WITHIN_MS = 8_000;

const THROUGHPUT = {
  columns: { rate: 'per second', p50: 'p50 ms', p99: 'p99 ms', cpu: 'cpu µs each' },
  compare: 'rate',
};
const LATENCY = { columns: { p50: 'p50 ms', p99: 'p99 ms' }, compare: 'p99' };
const GUARDED = [OURS, 'bare', 'express', 'express-object', 'fastify', 'nest', 'nest-object', 'better-auth'];

/**
 * Every scenario, in the order in which they are run. `prepare` runs once per candidate and gives what `measure` is
 * called with in every round; `measure` gives the numbers of `columns`, and `compare` is the one that the ratio to
 * each peer is made of.
 */
const scenarios = [
  { name: 'guarded', title: 'Guarded calls, one token', candidates: GUARDED, ...guarded(1) },
  { name: 'guarded', title: 'Guarded calls, 1,000 tokens in turn', candidates: GUARDED, ...guarded(1_000) },
  {
    name: 'guarded',
    title: 'Guarded calls, 5,000 tokens in turn',
    candidates: [OURS, 'fastify', 'fastify-10k'],
    ...guarded(5_000),
  },
  {
    name: 'refresh',
    title: `Refresh rotations, ${CLIENTS} sessions at a time`,
    candidates: [OURS, 'bare-refresh', 'nest-refresh', 'nest', 'nest-object', 'oidc-provider'],
    ...THROUGHPUT,
    prepare: ({ candidate, port }) => candidate.sessions(port, CLIENTS),
    measure: refreshes,
  },
  ...tokenScenarios,
  {
    name: 'login',
    title: `Logins, ${CLIENTS} at a time`,
    candidates: [OURS, 'bare-argon2', 'better-auth'],
    ...THROUGHPUT,
    prepare: accounts,
    measure: logins,
  },
  {
    name: 'latency',
    title: `Guarded calls at ${STEADY_RATE}/s, nothing else (less is better)`,
    candidates: [OURS, 'better-auth'],
    ...LATENCY,
    prepare: guardedRequests(1),
    measure: steadily,
  },
  {
    name: 'latency',
    title: `Guarded calls at ${STEADY_RATE}/s while ${CLIENTS} clients log in without pause (less is better)`,
    candidates: [OURS, 'better-auth'],
    columns: { ...LATENCY.columns, logins: 'logins/s' },
    compare: LATENCY.compare,
    prepare: async (server) => [await guardedRequests(1)(server), await accounts(server)],
    measure: steadilyDuringLogins,
  },
  {
    name: 'start',
    title: 'The first guarded call after the start (less is better)',
    candidates: GUARDED,
    columns: {
      first: 'first ms',
      median: 'median ms',
      times: 'first/median',
      paused: 'after a pause ms',
      listens: 'listens after ms',
    },
    compare: 'first',
    prepare: guardedRequests(1),
    measure: firstCall,
  },
  ...growthScenarios,
];
/** Takes minutes to fill its databases, so only when asked for. */
const ON_DEMAND = ['growth'];

function guarded(count) {
  return { ...THROUGHPUT, prepare: guardedRequests(count), measure: inTurn };
}

function inTurn({ port }, requests, { seconds }) {
  let turn = 0;
  return closedLoop({ port, clients: CLIENTS, seconds, next: () => requests[turn++ % requests.length] });
}

function guardedRequests(count) {
  return async ({ candidate, port }) => {
    const tokens = await candidate.tokens(port, count);
    return tokens.map((token) => get(candidate.guarded, candidate.header(token)));
  };
}

/** Every client rotates the token of its own session, from round to round. */
function refreshes({ candidate, port }, current, { seconds }) {
  const { path, body, type } = candidate.refresh;
  return closedLoop({
    port,
    clients: CLIENTS,
    seconds,
    next: (client) => post(path, body(current[client]), type),
    done: (client, answer) => (current[client] = JSON.parse(answer.toString()).refresh_token),
  });
}

async function accounts({ candidate, port }) {
  if (candidate.ownLoop) return [];
  const emails = await candidate.accounts(port, CLIENTS);
  return emails.map((email) => post(candidate.login, JSON.stringify({ email, password })));
}

async function logins({ candidate, port }, requests, { loginSeconds: seconds, signal }) {
  if (!candidate.ownLoop)
    return closedLoop({ port, clients: CLIENTS, seconds, next: (client) => requests[client], signal });
  const connection = await Connection.open(port);
  const done = await connection.askJson(get(`/?clients=${CLIENTS}&ms=${seconds * 1000}`));
  connection.close();
  return { rate: done.count / done.seconds, sent: done.count };
}

function steadily({ port }, [request], { latencySeconds }) {
  return openLoop({ port, perSecond: STEADY_RATE, seconds: latencySeconds, next: () => request });
}

async function steadilyDuringLogins(server, [guardedOnes, loginOnes], options) {
  const stop = new AbortController();
  const loginSeconds = options.latencySeconds + 2;
  const busy = logins(server, loginOnes, { loginSeconds, signal: stop.signal });
  await sleep(1_000);
  const latency = await steadily(server, guardedOnes, options);
  stop.abort();
  return { ...latency, logins: (await busy).rate };
}

async function firstCall(server, [request]) {
  await server.stop();
  const listens = await server.start();
  const connection = await Connection.open(server.port);
  const timed = async () => {
    const begun = performance.now();
    await connection.ask(request);
    return performance.now() - begun;
  };
  const first = await timed();
  const later = [];
  for (let n = 0; n < 300; n++) later.push(await timed());
  // What a machine that has gone to sleep in between adds to any call, the first one included.
  const paused = [];
  for (let n = 0; n < 5; n++) {
    await sleep(100);
    paused.push(await timed());
  }
  connection.close();
  return { first, median: median(later), times: first / median(later), paused: median(paused), listens };
}

/** One scenario: warm up, then every candidate once per round, each round beginning with another one. */
async function run({ candidates, prepare, measure }, options) {
  const states = new Map();
  for (const name of candidates) {
    const server = await serverOf(name);
    await server.during(async () => states.set(name, await prepare(server)));
    const begun = performance.now();
    let sent = 0;
    do {
      sent += (await measured(server, measure, states.get(name), options.warmUp)).sent ?? WARM_UP_REQUESTS;
    } while (sent < WARM_UP_REQUESTS && performance.now() - begun < WARM_UP_WITHIN_MS);
  }
  const rounds = [];
  for (let round = 0; round < options.rounds; round++) {
    const results = {};
    for (let n = 0; n < candidates.length; n++) {
      const name = candidates[(n + round) % candidates.length];
      const server = await serverOf(name);
      results[name] = await measured(server, measure, states.get(name), options);
    }
    rounds.push(results);
  }
  return rounds;
}

async function measured(server, measure, state, options) {
  const cpuBefore = server.cpuMs();
  const numbers = await server.during(() => measure(server, state, options));
  if (numbers.sent) numbers.cpu ??= ((server.cpuMs() - cpuBefore) * 1000) / numbers.sent;
  numbers.perCpu = 1_000_000 / numbers.cpu;
  return numbers;
}

function readOptions() {
  const names = [...new Set(scenarios.map(({ name }) => name))];
  const usage = `npm run bench -- [${names.join(' | ')}] [--rounds N] [--quick]`;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (unknown || !Number.isInteger(rounds) || rounds < 1 || rounds > 50) throw new Error(`Usage: ${usage}`);
  const quick = { seconds: 2, loginSeconds: 6, latencySeconds: 3 };
  const pace = values.quick ? quick : { seconds: 3, loginSeconds: 8, latencySeconds: 10 };
  const warmUp = values.quick ? quick : { seconds: 4, loginSeconds: 3, latencySeconds: 3 };
  const usual = names.filter((name) => !ON_DEMAND.includes(name));
  return { asked: positionals.length > 0 ? positionals : usual, rounds, ...pace, warmUp };
}

async function main() {
  const options = readOptions();
  const about = machine({ isPinned, options });
  process.stdout.write(`${about.text}\n`);
  const done = [];
  for (const scenario of scenarios.filter(({ name }) => options.asked.includes(name))) {
    const summary = summarise(scenario, await run(scenario, options), scenario.ours ?? OURS);
    process.stdout.write(show(summary));
    done.push(summary);
  }
  process.stdout.write(`\nWritten to ${write({ ...about.facts, scenarios: done })}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

setTimeout(() => fail(`Not done after ${TIME_LIMIT_MIN} minutes`), TIME_LIMIT_MIN * 60_000).unref();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => fail(`Stopped by ${signal}`));
try {
  await main();
} catch (error) {
  fail(error.message);
} finally {
  await stopAll();
}

// Points the rotation scenarios at a running deployment, and prints which of them held. See docs/race-kit.md.
import { Deployment } from './deployment.mjs';
import { OAuthDeployment } from './oauth.mjs';
import { readOptions, usage } from './options.mjs';
import { Broken, CannotRun, Stopped, Undecided } from './outcomes.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** Next to the wait for the reuse window. */
const TIME_LIMIT_MS = 120_000;
const CLEAN_UP_LIMIT_MS = 20_000;

const INTERRUPTED = 'interrupted';
const EXIT = { broken: 1, undecided: 2, interrupted: 130 };

const say = (line) => process.stderr.write(`${line}\n`);
const print = (line) => process.stdout.write(`${line}\n`);

async function main() {
  const options = await readOptions(process.argv.slice(2), process.env, process.stdin);
  if (!options) return process.stdout.write(usage());

  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort(INTERRUPTED));
  const limit = TIME_LIMIT_MS + options.windowMs;
  setTimeout(() => stopping.abort(`it took longer than ${limit / 1000} s`), limit).unref();

  const Kind = options.client ? OAuthDeployment : Deployment;
  const deployment = new Kind(options, stopping.signal, say);
  try {
    await runAll(deployment, options);
  } finally {
    await cleanUp(deployment);
  }
  if (stopping.signal.reason === INTERRUPTED) process.exitCode = EXIT.interrupted;
}

async function runAll(deployment, { windowMs, skipsReplay, url, email, client }) {
  const mode = windowMs === 0 ? 'strict mode' : `reuse window ${windowMs / 1000} s`;
  print(`${url} as ${email}${client ? ` through the client ${client.id}` : ''}, ${mode}`);
  for (const scenario of SCENARIOS) {
    const isLeftOut = skipsReplay && scenario === SCENARIOS.at(-1);
    const [outcome, why] = isLeftOut
      ? ['skipped', '--skip-replay']
      : await outcomeOf(scenario, { deployment, windowMs, say });
    print(`${outcome.padEnd(8)} ${scenario.name}${why ? `: ${why}` : ''}`);
    if (outcome !== 'held') endWith(outcome === 'BROKEN' ? EXIT.broken : EXIT.undecided);
    await deployment.endSessions();
  }
}

async function outcomeOf({ run }, kit) {
  try {
    await run(kit);
    return ['held'];
  } catch (error) {
    if (error instanceof Broken) return ['BROKEN', error.message];
    if (error instanceof Undecided || error instanceof Stopped) return ['skipped', error.message];
    throw error;
  }
}

async function cleanUp(deployment) {
  setTimeout(() => process.exit(1), CLEAN_UP_LIMIT_MS).unref();
  await deployment.close();
  const { opened, live, isOneLost } = deployment;
  if (opened === 0) return;
  print(`${opened} sessions opened, ${live.size === 0 ? 'all ended' : `${live.size} could not be ended`}`);
  if (isOneLost) print('one login got no answer, and may have left a session');
}

/** What is broken is not forgotten for what could not be found out. */
function endWith(exitCode) {
  if (process.exitCode !== EXIT.broken) process.exitCode = exitCode;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  say(error.message);
  endWith(EXIT.undecided);
}

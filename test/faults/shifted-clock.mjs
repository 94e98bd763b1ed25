// Loaded before a server, for the tests of a clock that jumps. `CLOCK_FILE` says by how many milliseconds the clock is
// off, now and whenever SIGUSR2 comes. What happens every minute or so happens more often, to be seen within a test.
import { readFileSync, writeFileSync } from 'node:fs';

const SELDOM_MS = 10_000;
const OFTEN_MS = 200;
const RealDate = Date;
const realSetInterval = setInterval;
let offset = 0;

function read() {
  offset = Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));
  writeFileSync(`${process.env.CLOCK_FILE}.seen`, String(offset));
}

read();
process.on('SIGUSR2', read);

const now = () => RealDate.now() + offset;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, self) => Reflect.construct(target, args.length > 0 ? args : [now()], self),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
globalThis.setInterval = (callBack, ms, ...args) =>
  realSetInterval(callBack, ms >= SELDOM_MS ? OFTEN_MS : ms, ...args);

// The load generator: plain HTTP/1.1 over keep-alive sockets to this machine, bounded in count and in time. It speaks
// to the socket itself because node:http's client costs more per request than some of the servers do.
import { connect } from 'node:net';

/** At the start of every measured run, while connections open and the server turns to the new load. */
const LEAD_IN_MS = 250;
/** No run sends more than this, however fast the server is. */
const MAX_REQUESTS = 500_000;
const ANSWER_WITHIN_MS = 30_000;
const NOTHING = Buffer.alloc(0);

/** A GET as it goes over the wire. `header` is a whole line, such as `Authorization: Bearer …`. */
export function get(path, header = 'Accept: application/json') {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
}

/** A POST as it goes over the wire. `header` is one more whole line. */
export function post(path, body, type = 'application/json', header = 'Accept: application/json') {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\nContent-Type: ${type}`;
  return Buffer.from(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** One keep-alive connection that asks one thing at a time. */
export class Connection {
  #socket;
  #received = NOTHING;
  #waiting;

  /** @throws when nothing listens on that port of the loopback interface */
  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.removeAllListeners('error');
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  /** Sends a request and resolves to the body of its answer. @throws when the status is not 200 or 201 */
  ask(bytes) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(bytes);
    });
  }

  async askJson(bytes) {
    return JSON.parse((await this.ask(bytes)).toString());
  }

  close() {
    this.#socket.destroy();
  }

  #receive(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = parse(this.#received);
    if (!answer) return;
    const { resolve, reject } = this.#waiting;
    this.#received = NOTHING;
    this.#waiting = undefined;
    if (answer.status === 200 || answer.status === 201) resolve(answer.body);
    else reject(new Error(`the server answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`));
  }
}

/** The answer in `bytes`, when it is complete. */
function parse(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.latin1Slice(0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const rest = bytes.subarray(headEnd + 4);
  if (head.includes('\r\ntransfer-encoding: chunked')) {
    const body = unchunk(rest);
    return body && { status, body };
  }
  const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  return rest.length < length ? undefined : { status, body: rest.subarray(0, length) };
}

/** RFC 9112 §7.1, without trailers. */
function unchunk(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.latin1Slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

/**
 * `clients` connections, each of which asks again as soon as it has its answer.
 * @param next makes the request of a client, or nothing when there is none left; @param done is given each answer's body
 * @param signal ends the run before its time
 * @returns requests/s, latencies in ms, how many were sent in all, and how busy the generator was (0 to 1)
 */
export async function closedLoop({ port, clients, seconds, next, done = () => {}, signal }) {
  const connections = await opened(port, clients);
  const busyBefore = performance.eventLoopUtilization();
  const from = performance.now() + LEAD_IN_MS;
  const until = from + seconds * 1000;
  const latencies = [];
  let sent = 0;
  let last = from;
  let isOver = false;
  const goesOn = () => performance.now() < until && sent < MAX_REQUESTS && !signal?.aborted;
  const client = async (connection, index) => {
    while (goesOn()) {
      const bytes = next(index);
      if (!bytes) return void (isOver = true);
      const begun = performance.now();
      sent++;
      done(index, await connection.ask(bytes));
      const ended = performance.now();
      if (ended < from || ended > until) continue;
      latencies.push(ended - begun);
      last = ended;
    }
  };
  try {
    await Promise.all(connections.map(client));
  } finally {
    connections.forEach((connection) => connection.close());
  }
  const measuredMs = (sent < MAX_REQUESTS && !isOver ? until : last) - from;
  const { utilization: generator } = performance.eventLoopUtilization(busyBefore);
  return { rate: (latencies.length * 1000) / measuredMs, ...percentiles(latencies), sent, generator };
}

/**
 * `perSecond` requests each second, sent when their time has come whether or not earlier ones were answered, so that
 * a slow answer holds nothing else up and is not left out of the count.
 */
export async function openLoop({ port, perSecond, seconds, next }) {
  const free = await opened(port, 4);
  const all = [...free];
  const latencies = [];
  const ask = async (bytes) => {
    const begun = performance.now();
    const connection = free.pop() ?? (await Connection.open(port));
    if (!all.includes(connection)) all.push(connection);
    await connection.ask(bytes);
    latencies.push(performance.now() - begun);
    free.push(connection);
  };
  try {
    const begun = performance.now();
    const pending = [];
    for (let n = 0; n < perSecond * seconds; n++) {
      await sleep(begun + (n * 1000) / perSecond - performance.now());
      const asked = ask(next(n));
      asked.catch(() => {}); // reported below, by all()
      pending.push(asked);
    }
    await Promise.all(pending);
  } finally {
    all.forEach((connection) => connection.close());
  }
  return percentiles(latencies);
}

function opened(port, count) {
  return Promise.all(Array.from({ length: count }, () => Connection.open(port)));
}

function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return { p50: at(0.5), p99: at(0.99) };
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

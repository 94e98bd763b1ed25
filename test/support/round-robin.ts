import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const PROBE_EVERY_MS = 100;
const PROBE_WITHIN_MS = 1_000;

interface Upstream {
  url: URL;
  isReady: boolean;
  agent: Agent;
}

/**
 * A plain load balancer: requests go to the nodes in turn that say they are ready, over connections that are kept open.
 * A request is sent to another node only when none has seen it, because the connection was refused.
 */
export class RoundRobin {
  private readonly upstreams: Upstream[];
  private readonly server: Server;
  private readonly probes: NodeJS.Timeout;
  private turn = 0;

  constructor(urls: string[]) {
    this.upstreams = urls.map((url) => ({
      url: new URL(url),
      isReady: true,
      agent: new Agent({ keepAlive: true }),
    }));
    this.server = createServer((incoming, outgoing) => void this.pass(incoming, outgoing));
    this.probes = setInterval(() => this.upstreams.forEach((each) => void probe(each)), PROBE_EVERY_MS);
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    clearInterval(this.probes);
    this.server.close();
    this.server.closeAllConnections();
    for (const { agent } of this.upstreams) agent.destroy();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const ready = this.upstreams.filter(({ isReady }) => isReady);
    const turn = this.turn++;
    for (let tries = 0; tries < ready.length; tries++) {
      const upstream = ready[(turn + tries) % ready.length]!;
      const answer = await send(upstream, incoming, body).catch((error: NodeJS.ErrnoException) => error);
      if (!(answer instanceof Error)) {
        const { connection: _, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode!, headers);
        answer.pipe(outgoing);
        return;
      }
      upstream.isReady = false;
      if (answer.code !== 'ECONNREFUSED') {
        outgoing.writeHead(502).end(answer.code);
        return;
      }
    }
    outgoing.writeHead(502).end('nobody is ready');
  }
}

function send({ url, agent }: Upstream, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { connection: _, ...headers } = incoming.headers;
  const { hostname, port } = url;
  return new Promise((resolve, reject) => {
    request({ agent, hostname, port, path: incoming.url, method: incoming.method, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function probe(upstream: Upstream): Promise<void> {
  const signal = AbortSignal.timeout(PROBE_WITHIN_MS);
  const headers = { connection: 'close' };
  const answer = await fetch(new URL('/health/ready', upstream.url), { signal, headers }).catch(
    () => undefined,
  );
  upstream.isReady = answer?.status === 200;
}

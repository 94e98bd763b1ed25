import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Served {
  url: string;
  close: () => void;
}

/** A server on a free port of localhost. */
export function serve(listener: RequestListener): Promise<Served> {
  return listening(createServer(listener), 'http');
}

/** The same by https, with a certificate that Gatehouse trusts here. */
export function serveSecurely(listener: RequestListener): Promise<Served> {
  const read = (name: string) => readFileSync(join(process.env['CERTIFICATES']!, name));
  return listening(createHttpsServer({ key: read('key.pem'), cert: read('cert.pem') }, listener), 'https');
}

async function listening(server: ReturnType<typeof createServer>, scheme: string): Promise<Served> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `${scheme}://localhost:${(server.address() as AddressInfo).port}`, close };
}

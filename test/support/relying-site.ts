import { createServer, type Server } from 'node:http';
import { freePort } from './process.js';

/** The site of an application, which shows what it was sent: at another origin than the server that signs people in. */
export class RelyingSite {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async open(): Promise<RelyingSite> {
    const port = await freePort();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [, query = ''] = (request.url ?? '').split('?');
        const sent = request.method === 'POST' ? Buffer.concat(chunks).toString() : query;
        const rows = [...new URLSearchParams(sent)].map(([name, value]) => `<dd id="${name}">${value}</dd>`);
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(
          `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><h1>Back at the shop</h1>` +
            `<p>${request.method}</p><dl>${rows.join('')}</dl></html>`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new RelyingSite(server, `http://127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

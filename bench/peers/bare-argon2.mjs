// Nothing but argon2id: `clients` verifications at a time for `ms` milliseconds, with the server's parameters and
// without HTTP in between. The answer is how many were done in that time and how long that was.
import { hash, verify } from '@node-rs/argon2';
import { createServer } from 'node:http';
import { answer, host, password, port } from './common.mjs';

const kept = await hash(password, { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });

createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const clients = Number(searchParams.get('clients'));
  const begun = performance.now();
  const end = begun + Number(searchParams.get('ms'));
  let count = 0;
  const client = async () => {
    while (performance.now() < end) {
      await verify(kept, password);
      count++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  answer(response, { count, seconds: (performance.now() - begun) / 1000 });
}).listen(port, host);

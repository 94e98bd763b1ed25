// Sends a head and a large body at once, so many times, and prints what was heard each time. A process of its own: within that of
// the server, it would not write on while the server closes the connection.
import { connect } from 'node:net';

const [url, times, head, tail, size] = process.argv.slice(2);
const { port, hostname } = new URL(url);
const body = 'x'.repeat(Number(size)) + tail;

const sendOnce = () =>
  new Promise((resolve) => {
    let heard = '';
    let error;
    const socket = connect(Number(port), hostname, () => {
      socket.write(head);
      socket.write(body);
    });
    socket.on('data', (data) => (heard += data.toString('latin1')));
    socket.on('error', ({ code }) => (error = code));
    socket.on('close', () =>
      resolve({
        statuses: (heard.match(/^HTTP\/1\.1 \d{3}/gm) ?? []).map((line) => Number(line.slice(9))),
        error,
      }),
    );
  });

const all = [];
for (let time = 0; time < Number(times); time++) all.push(await sendOnce());
process.stdout.write(JSON.stringify(all));

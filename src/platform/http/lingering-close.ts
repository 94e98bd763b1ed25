import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { announcesBody } from './body-checks.js';

/** What a client still sends after its answer is read, and dropped, for no longer than this. */
const LINGER_MS = 30_000;

/**
 * Keeps a connection open, after an answer that closes it, until the client has sent the rest of its body. Otherwise the
 * kernel answers the bytes that were not read with a reset, which takes the answer away from the client (RFC 9112 §9.6).
 */
export function lingerOn(request: IncomingMessage): void {
  if (!announcesBody(request)) return;
  const { socket } = request;
  // Node calls it once an answer with `Connection: close` is written.
  socket.destroySoon = () => {
    if (request.complete) return Socket.prototype.destroySoon.call(socket);
    closeLater(socket);
    socket.end(() => (request.complete ? socket.destroy() : request.once('end', () => socket.destroy())));
    request.resume();
  };
}

/** Closes a connection whose answer is written, at the latest once nothing of what still comes is worth reading. */
export function closeLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

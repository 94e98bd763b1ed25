import type { Jwk } from './algorithms.js';
import { fromBase64, textOf, toBase64Url, type Bytes } from './bytes.js';
import { NotDer } from './der.js';
import { UnsupportedKey } from './key-structures.js';

const MAGIC = 'openssh-key-v1\0';
const ED25519 = 'ssh-ed25519';
const SEED = 32;

/** `ssh-ed25519 AAAA… comment` (RFC 8709 §4). @throws NotDer, UnsupportedKey */
export function fromSshPublic(line: string): Jwk {
  const fields = new Fields(fromBase64(line.trim().split(/\s+/)[1] ?? ''));
  return ed25519(fields);
}

/** `BEGIN OPENSSH PRIVATE KEY` (PROTOCOL.key of OpenSSH). @throws NotDer, UnsupportedKey */
export function fromSshPrivate(bytes: Bytes): Jwk {
  if (textOf(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw new NotDer('it has another structure');
  const outer = new Fields(bytes.subarray(MAGIC.length));
  const cipher = outer.text();
  if (cipher !== 'none') throw new UnsupportedKey(`OpenSSH, encrypted with ${cipher}`);
  // The key derivation and its options, the number of keys, the public key.
  outer.bytes();
  outer.bytes();
  outer.number();
  outer.bytes();
  const inner = new Fields(outer.bytes());
  inner.number();
  inner.number();
  const key = ed25519(inner);
  return { ...key, d: toBase64Url(inner.bytes().subarray(0, SEED)) };
}

function ed25519(fields: Fields): Jwk {
  const kind = fields.text();
  if (kind !== ED25519) throw new UnsupportedKey(kind);
  return { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(fields.bytes()) };
}

/** Numbers of four bytes, and strings with such a length in front (RFC 4251 §5). */
class Fields {
  private at = 0;

  constructor(private readonly source: Bytes) {}

  number(): number {
    const bytes = this.take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  bytes(): Bytes {
    return this.take(this.number());
  }

  text(): string {
    return textOf(this.bytes()) ?? '';
  }

  private take(length: number): Bytes {
    if (this.at + length > this.source.length) throw new NotDer('it ends too early');
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }
}

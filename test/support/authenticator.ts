import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const UP = 0x01;
const UV = 0x04;
const AT = 0x40;

/** What an attacker, or a page, would have otherwise than it is. */
export interface Lies {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  crossOrigin?: boolean;
  userHandle?: unknown;
  flags?: number;
  counter?: number;
  key?: KeyObject;
  transports?: unknown;
  id?: string;
}

interface Options {
  challenge: string;
  rpId?: string;
  rp?: { id: string };
}

/** An authenticator in software, for what a browser would not do. It signs with ES256 and attests nothing. */
export class Authenticator {
  readonly id = randomBytes(16).toString('base64url');
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  counter = 0;

  constructor(private readonly origin: string) {}

  /** What `navigator.credentials.create()` gives, as JSON. */
  create(options: Options, lies: Lies = {}): object {
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    const id = Buffer.from(lies.id ?? this.id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cose]);
    const authData = this.authData(options, { ...lies, flags: (lies.flags ?? UP | UV) | AT }, attested);
    const attestationObject = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
      Buffer.from([authData.length]),
      authData,
    ]);
    return this.credential(id.toString('base64url'), {
      clientDataJSON: this.clientData('webauthn.create', options, lies).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: 'transports' in lies ? lies.transports : ['internal'],
    });
  }

  /** What `navigator.credentials.get()` gives, as JSON. Its counter rises. */
  get(options: Options, lies: Lies = {}): object {
    const clientData = this.clientData('webauthn.get', options, lies);
    const counter = lies.counter ?? ++this.counter;
    const authData = this.authData(options, { ...lies, counter });
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return this.credential(lies.id ?? this.id, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, lies.key ?? this.keys.privateKey).toString('base64url'),
      ...(lies.userHandle !== undefined && { userHandle: lies.userHandle }),
    });
  }

  private credential(id: string, response: object): object {
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  private clientData(type: string, { challenge }: Options, lies: Lies): Buffer {
    const said = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.origin,
      crossOrigin: lies.crossOrigin ?? false,
    };
    return Buffer.from(JSON.stringify(said));
  }

  private authData(
    { rpId, rp }: Options,
    { flags = UP | UV, counter = 0, ...lies }: Lies,
    attested = Buffer.alloc(0),
  ) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const hash = createHash('sha256')
      .update(lies.rpId ?? rpId ?? rp!.id)
      .digest();
    return Buffer.concat([hash, Buffer.from([flags]), count, attested]);
  }
}

/** Flags without the owner having been verified. */
export const UNVERIFIED = UP;

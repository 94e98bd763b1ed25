import { Injectable } from '@nestjs/common';
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Settings } from '../config/settings.js';
import { isAddressIn, isPublicAddress } from './addresses.js';
import { OutboundRefused } from './outbound.errors.js';

/** All of it: name, connection, TLS, head and body. */
const WITHIN_MS = 5_000;

/** What is asked of another server. */
export interface OutboundRequest {
  url: string;
  method?: 'GET' | 'POST';
  /** A form. */
  form?: Record<string, string>;
  accept?: string;
  /** Bytes that the body may have. */
  limit: number;
}

/** What another server answered. */
export interface OutboundAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
  /** The same as it came. */
  bytes: Buffer;
}

/**
 * Asks other servers, at addresses that clients have named: https only, no redirects, within 5 s, bodies of a few KiB, and
 * never an address that is not public, whatever name leads there: the connection goes to the address that was checked, so
 * that a name cannot lead elsewhere the second time (DNS rebinding).
 */
@Injectable()
export class OutboundService {
  constructor(private readonly settings: Settings) {}

  /** @throws OutboundRefused */
  async send({ url, method = 'GET', form, accept, limit }: OutboundRequest): Promise<OutboundAnswer> {
    const target = this.checked(url);
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      'user-agent': 'gatehouse',
      // No encoding: a small body could become a large one.
      'accept-encoding': 'identity',
      ...(accept && { accept }),
      ...(body !== undefined && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
      }),
    };
    const send = target.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((done, fail) => {
      const signal = AbortSignal.timeout(WITHIN_MS);
      const refuse = (reason: string, cause?: unknown) => {
        request.destroy();
        fail(cause instanceof OutboundRefused ? cause : new OutboundRefused(reason, cause));
      };
      const options = { method, headers, signal, agent: false as const, lookup: this.pinned };
      const request = send(target, options, (response) => {
        if (response.headers['content-encoding'] !== undefined) return refuse('its body is encoded');
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > limit) refuse(`its body is longer than ${limit} bytes`);
          else chunks.push(chunk);
        });
        response.on('error', (error) => refuse('the answer broke off', error));
        response.on('end', () => {
          const { statusCode: status = 0, headers: given } = response;
          const bytes = Buffer.concat(chunks);
          done({ status, headers: given, body: bytes.toString(), bytes });
        });
      });
      request.on('error', (error) =>
        refuse(signal.aborted ? 'no answer in time' : 'it cannot be reached', error),
      );
      request.end(body);
    });
  }

  /** Whether an address may be stored to be asked later. @throws OutboundRefused with the reason */
  checked(url: string): URL {
    if (!URL.canParse(url)) throw new OutboundRefused('it is no absolute URL');
    const target = new URL(url);
    const host = bareHost(target);
    if (target.username !== '' || target.password !== '' || target.hash !== '')
      throw new OutboundRefused('it has credentials or a fragment');
    const mayBePlain =
      target.protocol === 'http:' && this.settings.NODE_ENV !== 'production' && this.isNamed(host);
    if (target.protocol !== 'https:' && !mayBePlain) throw new OutboundRefused('it is not https');
    if (isIP(host) > 0 && !this.mayReach(host, host)) throw new OutboundRefused('its address is not public');
    return target;
  }

  /** Resolves a name and gives the connection addresses that were checked, and no others. */
  private readonly pinned: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { all: true, family: options.family ?? 0 }, (error, found) => {
      if (error) return callback(error, '', 0);
      const wrong = found.find(({ address }) => !this.mayReach(hostname, address));
      const [first] = found;
      if (wrong || !first) {
        const refusal = new OutboundRefused('its address is not public') as NodeJS.ErrnoException;
        return callback(refusal, '', 0);
      }
      const all = callback as unknown as (error: null, addresses: LookupAddress[]) => void;
      if (options.all) all(null, found);
      else callback(null, first.address, first.family);
    });
  };

  private mayReach(host: string, address: string): boolean {
    return (
      isPublicAddress(address) || this.isNamed(host) || isAddressIn(address, this.settings.OUTBOUND_ALLOW)
    );
  }

  /** Whether the operator has named the host; a developer's own machine need not be. */
  private isNamed(host: string): boolean {
    const { OUTBOUND_ALLOW, NODE_ENV } = this.settings;
    return OUTBOUND_ALLOW.includes(host) || (NODE_ENV === 'development' && host === 'localhost');
  }
}

/** As `URL` spells it, without the brackets of IPv6: hexadecimal, octal and short forms of IPv4 are undone by then. */
function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

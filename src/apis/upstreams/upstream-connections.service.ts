import { Injectable } from '@nestjs/common';
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { UpstreamAddresses } from './upstream-addresses.service.js';
import type { UpstreamTls } from './upstream.entity.js';

/** The gateway does not connect to an address. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/** Where a connection goes. */
export interface Destination {
  hostname: string;
  port: number;
  isTls: boolean;
  tls: UpstreamTls;
  /** In ms, with everything. */
  within: number;
}

/**
 * Makes connections to upstreams. The address is checked where the connection is made, and the connection goes to the
 * address that was checked, so that a name cannot lead elsewhere the second time (DNS rebinding).
 */
@Injectable()
export class UpstreamConnections {
  constructor(private readonly addresses: UpstreamAddresses) {}

  /** Calls back once, with a socket that is ready to be written to or with why there is none. */
  open(
    { hostname, port, isTls, tls, within }: Destination,
    done: (error: Error | null, socket?: Socket) => void,
  ): Socket | undefined {
    const refusal = isIP(hostname) > 0 ? this.addresses.refusalOf(hostname, port) : undefined;
    if (refusal) {
      process.nextTick(done, new AddressRefused(refusal));
      return undefined;
    }
    const options = { host: hostname, port, lookup: this.pinned(port), highWaterMark: 65_536 };
    const servername = tls.serverName ?? (isIP(hostname) > 0 ? undefined : hostname);
    const secure = {
      ...(servername && { servername }),
      ...(tls.ca && { ca: tls.ca }),
      ...(tls.certificate && { cert: tls.certificate, key: tls.key }),
      ALPNProtocols: ['http/1.1'],
    };
    const socket: Socket = isTls ? connectTls({ ...options, ...secure }) : connectPlain(options);
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    const finish = (error: Error | null) => {
      clearTimeout(timer);
      socket.off('error', finish).off(isTls ? 'secureConnect' : 'connect', made);
      if (error) done(error);
      else done(null, socket);
    };
    const made = () => finish(null);
    const timer = setTimeout(() => {
      const late = Object.assign(new Error('no connection in time'), { code: 'CONNECT_TIMEOUT' });
      socket.on('error', () => {});
      socket.destroy();
      finish(late);
    }, within).unref();
    socket.on('error', finish).on(isTls ? 'secureConnect' : 'connect', made);
    return socket;
  }

  private pinned(port: number): LookupFunction {
    return (hostname, options, callback) => {
      resolve(hostname, { all: true, family: options.family ?? 0 }, (error, found) => {
        const [first] = found ?? [];
        if (error || !first) return callback(error ?? new Error('no address'), '', 0);
        for (const { address } of found) {
          const refusal = this.addresses.refusalOf(address, port);
          if (refusal) return callback(new AddressRefused(refusal), '', 0);
        }
        const all = callback as unknown as (error: null, addresses: LookupAddress[]) => void;
        if (options.all) all(null, found);
        else callback(null, first.address, first.family);
      });
    };
  }
}

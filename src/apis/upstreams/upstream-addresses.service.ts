import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo, Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Settings } from '../../platform/config/settings.js';
import { isAddressIn, rangeOf } from '../../platform/outbound/addresses.js';

/** Ranges that may be named in `GATEWAY_UPSTREAM_NETWORKS`; what is neither one of them nor public is never connected to. */
const CAN_BE_ALLOWED = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];
/** Metadata services of clouds outside of the link-local range: AWS, Alibaba, Azure, Oracle. */
const METADATA = ['fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192'];

/** Which addresses the gateway may connect to. It is asked with the address that a connection goes to, never with a name. */
@Injectable()
export class UpstreamAddresses {
  constructor(
    private readonly settings: Settings,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Why there is no connection to this address; `undefined` when there may be one. */
  refusalOf(address: string, port: number): string | undefined {
    const range = rangeOf(address);
    if (isAddressIn(address, METADATA)) return 'it is a metadata service';
    if (range !== 'unicast' && !CAN_BE_ALLOWED.includes(range)) return `its address is ${range}`;
    if (range !== 'unicast' && !isAddressIn(address, this.settings.GATEWAY_UPSTREAM_NETWORKS))
      return 'its address is not in GATEWAY_UPSTREAM_NETWORKS';
    if (port === this.ownPort && this.isOwn(address, range)) return 'it is this server itself';
    return undefined;
  }

  private get ownPort(): number {
    const server = this.host.httpAdapter?.getHttpServer() as Server | undefined;
    return (server?.address() as AddressInfo | null)?.port ?? this.settings.PORT;
  }

  private isOwn(address: string, range: string): boolean {
    if (range === 'loopback') return true;
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    return isAddressIn(
      address,
      own.map((each) => each.address.replace(/%.*$/, '')),
    );
  }
}

import { isVouchedFor, type OAuthClient } from '../../oauth/clients/oauth-client.entity.js';
import { isLoopback } from '../../platform/config/setting-formats.js';

/** What users are told of an application, so that they can tell it from one that only calls itself so. */
export interface ClientFacts {
  name: string;
  /** The host of its metadata document, which has proved that it is that host's; `undefined` for the others. */
  documentHost: string | undefined;
  /** Whether it was registered here by hand. */
  isVouchedFor: boolean;
  /** Of this server's own copy; `undefined` for none, and for an application that registered itself. */
  logo: string | undefined;
  termsUrl: string | null;
  privacyUrl: string | null;
}

/** Where an answer goes: a host, an application on the device that the browser runs on, or one with a scheme of its own. */
export type Destination = { host: string } | { onDevice: true } | { scheme: string };

export function factsOf(client: OAuthClient): ClientFacts {
  const { id, clientId, kind, name, logoUri, tosUri, policyUri } = client;
  return {
    name,
    documentHost: kind === 'document' ? new URL(clientId).host : undefined,
    isVouchedFor: isVouchedFor(client),
    logo: logoUri !== null && isVouchedFor(client) ? `/logos/${id}` : undefined,
    termsUrl: tosUri,
    privacyUrl: policyUri,
  };
}

export function destinationOf(redirectUri: string): Destination {
  const { protocol, host, hostname } = new URL(redirectUri);
  if (protocol === 'http:' && isLoopback(hostname)) return { onDevice: true };
  return protocol === 'https:' ? { host } : { scheme: protocol };
}

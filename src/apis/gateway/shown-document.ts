import type { GatewayDocument } from './gateway-document.types.js';

/** A document as it may be read: whether there is something for TLS, and not what. */
export function shownDocument(text: string): object {
  const { upstreams, ...rest } = JSON.parse(text) as GatewayDocument;
  return {
    ...rest,
    upstreams: upstreams.map(({ tlsSealed, ...shown }) => ({ ...shown, hasTls: tlsSealed !== null })),
  };
}

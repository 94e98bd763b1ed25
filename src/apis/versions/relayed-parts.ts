import { isObject, type DocumentObject } from '../../platform/http/document-text.js';

/** Operations that no route answers, or that the service calls itself. */
const UNRELAYED_COMPONENTS = ['pathItems', 'callbacks'];
const UNRELAYED_MEMBERS = ['servers', 'callbacks'];

/** The components of a document that an operation behind the gateway may refer to; nothing of them names a server. */
export function relayedComponents(components: unknown): DocumentObject {
  if (!isObject(components)) return {};
  const { responses, links, ...others } = without(components, UNRELAYED_COMPONENTS);
  return {
    ...others,
    ...(responses !== undefined && { responses: eachOf(responses, relayedResponse) }),
    ...(links !== undefined && { links: eachOf(links, relayedLink) }),
  };
}

/** An operation without the addresses of the service behind, and without what the service itself would call. */
export function relayedOperation(operation: DocumentObject): DocumentObject {
  const { responses, ...others } = without(operation, UNRELAYED_MEMBERS);
  return { ...others, ...(responses !== undefined && { responses: eachOf(responses, relayedResponse) }) };
}

function relayedResponse(response: DocumentObject): DocumentObject {
  const { links } = response;
  return links === undefined ? response : { ...response, links: eachOf(links, relayedLink) };
}

function relayedLink(link: DocumentObject): DocumentObject {
  return without(link, ['server']);
}

function eachOf(members: unknown, relayed: (member: DocumentObject) => DocumentObject): unknown {
  if (!isObject(members)) return members;
  const shown = Object.entries(members).map(([name, value]) => [
    name,
    isObject(value) ? relayed(value) : value,
  ]);
  return Object.fromEntries(shown);
}

function without(members: DocumentObject, names: readonly string[]): DocumentObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

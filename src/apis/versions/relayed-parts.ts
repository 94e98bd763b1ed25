import { isObject, type DocumentObject } from '../../platform/http/document-text.js';
import { referred } from './openapi-operations.js';

/** Operations that no route answers, or that the service calls itself. */
const UNRELAYED_COMPONENTS = ['pathItems', 'callbacks'];
/** `schemes` is how OpenAPI 2.0 says by what an operation is reached. */
const UNRELAYED_MEMBERS = ['servers', 'schemes', 'callbacks'];

/** The components of a document that an operation behind the gateway may refer to; nothing of them names a server. */
export function relayedComponents(components: unknown, relayed: RelayedLinks): DocumentObject {
  if (!isObject(components)) return {};
  const { responses, links, ...others } = without(components, UNRELAYED_COMPONENTS);
  return {
    ...others,
    ...(responses !== undefined && { responses: relayed.ofResponses(responses) }),
    ...(links !== undefined && { links: relayed.of(links) }),
  };
}

/** An operation without the addresses of the service behind, what the service itself would call, and notes of its tools. */
export function relayedOperation(operation: DocumentObject): DocumentObject {
  const members = Object.entries(without(operation, UNRELAYED_MEMBERS));
  return Object.fromEntries(members.filter(([name]) => !name.startsWith('x-')));
}

/** The links of a document that lead, by an operationId, to an operation that is relayed. */
export class RelayedLinks {
  private readonly relayed: ReadonlySet<unknown>;

  constructor(
    private readonly document: DocumentObject,
    operations: DocumentObject[],
  ) {
    this.relayed = new Set(operations.map(({ operationId }) => operationId));
  }

  ofOperation(operation: DocumentObject): DocumentObject {
    const { responses } = operation;
    return responses === undefined ? operation : { ...operation, responses: this.ofResponses(responses) };
  }

  ofResponses(responses: unknown): unknown {
    if (!isObject(responses)) return responses;
    const shown = Object.entries(responses).map(([status, response]) => {
      const hasLinks = isObject(response) && response['links'] !== undefined;
      return [status, hasLinks ? { ...response, links: this.of(response['links']) } : response];
    });
    return Object.fromEntries(shown);
  }

  /** References are followed, for what they lead to may be left out. */
  of(links: unknown): DocumentObject {
    if (!isObject(links)) return {};
    const shown = Object.entries(links).flatMap(([name, given]) => {
      const link = referred(this.document, given);
      if (typeof link === 'string' || link['operationId'] === undefined) return [];
      return this.relayed.has(link['operationId'])
        ? [[name, without(link, ['server', 'operationRef'])] as const]
        : [];
    });
    return Object.fromEntries(shown);
  }
}

function without(members: DocumentObject, names: readonly string[]): DocumentObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

import { isObject, type DocumentObject } from '../../platform/http/document-text.js';

/** Who may call an operation, as its document says. */
export interface OperationSecurity {
  isPublic: boolean;
  scopes: string[];
  /** What could not be taken as it stands. */
  note?: string;
}

/** The kinds of a scheme whose requirements name scopes. */
const SCOPED = ['oauth2', 'openIdConnect'];

/**
 * Reads the requirements of an operation, or those of the whole document; `undefined` where neither says anything. One that
 * is open has to say so by an empty list: a route is never opened, or left open, by what was left out.
 */
export function securityOf(
  document: DocumentObject,
  operation: DocumentObject,
): OperationSecurity | undefined {
  const stated = operation['security'] ?? document['security'];
  if (!Array.isArray(stated)) return undefined;
  if (stated.length === 0) return { isPublic: true, scopes: [] };
  const schemes = schemesOf(document);
  const choices = stated.filter(isObject).filter((each) => Object.keys(each).length > 0);
  const lists = choices.map((choice) => scopesOf(choice, schemes));
  const scopes = sorted(lists.flat());
  const notes = [
    ...(choices.length < stated.length ? ['a token is optional in it, and needed here'] : []),
    ...(lists.some((list) => sorted(list).length < scopes.length)
      ? ['it takes one of several sets of scopes, and here all of them are needed']
      : []),
  ];
  return { isPublic: false, scopes, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

function schemesOf({ components, securityDefinitions }: DocumentObject): DocumentObject {
  const schemes = isObject(components) ? components['securitySchemes'] : securityDefinitions;
  return isObject(schemes) ? schemes : {};
}

function scopesOf(choice: DocumentObject, schemes: DocumentObject): string[] {
  return Object.entries(choice).flatMap(([name, list]) => {
    const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
    if (!isObject(scheme) || !SCOPED.includes(scheme['type'] as string) || !Array.isArray(list)) return [];
    return list.filter((scope) => typeof scope === 'string');
  });
}

/** Without those that are there twice. */
function sorted(scopes: string[]): string[] {
  return [...new Set(scopes)].toSorted();
}

/** What the schemes of a document say of its scopes. */
export function describedScopes(document: DocumentObject): Map<string, string> {
  const flows = Object.values(schemesOf(document))
    .filter(isObject)
    // OpenAPI 2.0 has the scopes in the scheme itself.
    .flatMap((scheme) => [scheme, ...(isObject(scheme['flows']) ? Object.values(scheme['flows']) : [])])
    .filter(isObject);
  const described = flows.flatMap(({ scopes }) => (isObject(scopes) ? Object.entries(scopes) : []));
  return new Map(described.filter((each): each is [string, string] => typeof each[1] === 'string'));
}

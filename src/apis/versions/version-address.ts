import type { Settings } from '../../platform/config/settings.js';
import { isObject, type DocumentObject } from '../../platform/http/document-text.js';
import type { ApiVersion } from './api-version.entity.js';
import { referred } from './openapi-operations.js';

/** Where the paths of a version begin. */
export function urlOf({ basePath, selector }: ApiVersion, { PUBLIC_URL, GATEWAY_PATH }: Settings): string {
  const url = new URL(PUBLIC_URL);
  if (selector.kind === 'host') url.hostname = selector.value;
  const piece = selector.kind === 'path' ? `/${selector.value}` : '';
  return `${url.origin}${GATEWAY_PATH}${basePath}${piece}`;
}

/** The same, as OpenAPI 2.0 says it. */
export function placeOf(version: ApiVersion, settings: Settings): DocumentObject {
  const { host, pathname, protocol } = new URL(urlOf(version, settings));
  return { host, basePath: pathname, schemes: [protocol.slice(0, -1)] };
}

/** A path item with the header that its version is called by, if that is how; it stands in place of any of that name. */
export function withSelector(
  document: DocumentObject,
  item: DocumentObject,
  { selector }: ApiVersion,
): DocumentObject {
  if (selector.kind !== 'header') return item;
  const [name = '', ...value] = selector.value.split('=');
  const schema = { type: 'string', enum: [value.join('=')] };
  const header = {
    name,
    in: 'header',
    required: true,
    description: 'Says which version is called',
    ...(document['swagger'] === '2.0' ? schema : { schema }),
  };
  const others = (parameters: unknown) =>
    Array.isArray(parameters) ? parameters.filter((each) => !isHeader(referred(document, each), name)) : [];
  const operations = Object.entries(item).map(([member, value]) => [
    member,
    isObject(value) && value['parameters'] !== undefined
      ? { ...value, parameters: others(value['parameters']) }
      : value,
  ]);
  return { ...Object.fromEntries(operations), parameters: [...others(item['parameters']), header] };
}

function isHeader(parameter: DocumentObject | string, header: string): boolean {
  if (typeof parameter === 'string' || parameter['in'] !== 'header') return false;
  const { name } = parameter;
  return typeof name === 'string' && name.toLowerCase() === header;
}

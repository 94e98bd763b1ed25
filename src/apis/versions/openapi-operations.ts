import { setImmediate } from 'node:timers/promises';
import { checkedFields } from '../../platform/http/checked-fields.js';
import type { FieldError } from '../../platform/http/problem.js';
import { isObject, type DocumentObject } from '../../platform/http/document-text.js';
import { securityOf } from './openapi-security.js';
import { duplicates, type NamedRoute } from './route-shapes.js';
import { CreateRoute } from './routes.dto.js';

const MOST_OPERATIONS = 2_000;
const MOST_REFERENCES = 50;
const MOST_ERRORS = 50;
/** After so much of it, others have their turn. */
const WORK_MS = 10;
const FORMAT = /^3\.[012]\.\d{1,3}(?:-[\w.]+)?$/;
/** As path items name them; `trace` and others are no methods of routes. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const OTHER_METHODS = ['trace', 'query', 'additionalOperations'];
/** What a document may say of its routes beyond OpenAPI, at its top, at a path or at an operation. */
const EXTENSIONS: Record<string, string> = {
  'x-gatehouse-limit': 'limit',
  'x-gatehouse-roles': 'roles',
  'x-gatehouse-public': 'isPublic',
  'x-gatehouse-body-limit': 'bodyLimit',
  'x-gatehouse-timeouts': 'timeouts',
  'x-gatehouse-retries': 'retries',
  'x-gatehouse-forward': 'forward',
  'x-gatehouse-allow-empty-segments': 'allowEmptySegments',
  'x-gatehouse-allow-encoded-slash': 'allowEncodedSlash',
};
export const isExtension = (name: string) => name.startsWith('x-gatehouse-');

/** What was read of a document. */
export interface ReadOperations {
  /** `2.0`, `3.1.0` */
  format: string;
  title: string;
  /** With the fields that the document states, and no others; named like `get /things/{thing}`. */
  routes: NamedRoute[];
  errors: FieldError[];
  /** What could not be taken as it stands, in words. */
  notes: string[];
}

/** Reads the operations of an OpenAPI document as routes. Only references within the document are followed. */
export async function operationsOf(document: DocumentObject): Promise<ReadOperations> {
  const read: ReadOperations = {
    format: formatOf(document),
    title: titleOf(document),
    routes: [],
    errors: [],
    notes: [],
  };
  if (read.format === '') {
    read.errors.push({ field: 'openapi', message: 'must be an OpenAPI document of 2.0, 3.0, 3.1 or 3.2' });
    return read;
  }
  const { paths = {} } = document;
  if (!isObject(paths)) read.errors.push({ field: 'paths', message: 'must be an object' });
  else await addPaths(read, document, Object.entries(paths));
  for (const message of duplicates(read.routes)) read.errors.push({ field: 'paths', message });
  read.errors.splice(MOST_ERRORS);
  return read;
}

function formatOf({ openapi, swagger }: DocumentObject): string {
  if (swagger === '2.0') return swagger;
  return typeof openapi === 'string' && FORMAT.test(openapi) ? openapi : '';
}

function titleOf({ info }: DocumentObject): string {
  const title = isObject(info) ? info['title'] : undefined;
  return typeof title === 'string' ? title.slice(0, 200) : '';
}

async function addPaths(
  read: ReadOperations,
  document: DocumentObject,
  paths: [path: string, item: unknown][],
): Promise<void> {
  let restedAt = performance.now();
  for (const [path, item] of paths) {
    addPath(read, document, path, item);
    if (read.errors.length >= MOST_ERRORS) return;
    if (read.routes.length > MOST_OPERATIONS) {
      read.errors.push({ field: 'paths', message: `there are more than ${MOST_OPERATIONS} operations` });
      return;
    }
    // Requests are answered in between.
    if (performance.now() - restedAt < WORK_MS) continue;
    await setImmediate();
    restedAt = performance.now();
  }
}

function addPath(read: ReadOperations, document: DocumentObject, path: string, given: unknown): void {
  // Extensions may stand among the paths.
  if (path.startsWith('x-')) return;
  const item = referred(document, given);
  if (typeof item === 'string') return void read.errors.push({ field: `paths.${path}`, message: item });
  for (const method of METHODS) {
    const operation = item[method];
    if (operation === undefined) continue;
    if (!isObject(operation))
      read.errors.push({ field: `paths.${path}.${method}`, message: 'must be an object' });
    else if (method === 'head' && item['get'] !== undefined)
      read.notes.push(`head ${path}: the route of GET answers it`);
    else addOperation(read, { document, item, operation, method, path });
  }
  for (const method of OTHER_METHODS)
    if (item[method] !== undefined) read.notes.push(`${method} ${path}: no route takes this method`);
}

/** A path item, or why there is none. Nothing is read from another document. */
export function referred(document: DocumentObject, given: unknown): DocumentObject | string {
  let item = given;
  for (let followed = 0; isObject(item) && item['$ref'] !== undefined; followed++) {
    const { $ref: reference } = item;
    if (typeof reference !== 'string' || !reference.startsWith('#/'))
      return 'refers to another document, which is never fetched; put it into this one';
    if (followed === MOST_REFERENCES)
      return `its references go in a circle, or on for more than ${MOST_REFERENCES}`;
    item = at(document, reference);
  }
  return isObject(item) ? item : 'must be an object, and a reference must lead to one';
}

/** A document with its path items in place of references to them, as it is published. */
export function withPathItems(document: DocumentObject): DocumentObject {
  const { paths } = document;
  if (!isObject(paths)) return document;
  const items = Object.entries(paths).map(([path, item]) => [path, referred(document, item)]);
  return { ...document, paths: Object.fromEntries(items) };
}

/** RFC 6901 */
function at(document: DocumentObject, pointer: string): unknown {
  let found: unknown = document;
  for (const piece of pointer.slice(2).split('/')) {
    const name = decoded(piece).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Place {
  document: DocumentObject;
  item: DocumentObject;
  operation: DocumentObject;
  method: string;
  path: string;
}

function addOperation(read: ReadOperations, place: Place): void {
  const { document, item, operation, method, path } = place;
  const field = `paths.${path}.${method}`;
  const name = `${method} ${path}`;
  const { extensions, unknown } = extensionsOf(document, item, operation);
  for (const each of unknown) read.errors.push({ field, message: `${each} is not known` });
  const security = securityOf(document, operation);
  if (security?.note) read.notes.push(`${name}: ${security.note}`);
  const { operationId } = operation;
  const plain = {
    methods: [method.toUpperCase()],
    path: routePathOf(path),
    ...(operationId !== undefined && { operationId }),
    // Stated in any case, so that a route is closed again once its document no longer opens it.
    isPublic: false,
    ...(security && { scopes: security.scopes, isPublic: security.isPublic }),
    ...extensions,
    ...(extensions['isPublic'] === true && { scopes: [] }),
  };
  const { fields, errors } = checkedFields(CreateRoute, plain, field);
  for (const { message } of errors) read.errors.push({ field, message });
  if (errors.length === 0) read.routes.push({ name, fields });
}

function extensionsOf(...places: DocumentObject[]): { extensions: DocumentObject; unknown: string[] } {
  const stated = places.flatMap((place) => Object.entries(place).filter(([name]) => isExtension(name)));
  const unknown = stated.map(([name]) => name).filter((name) => !Object.hasOwn(EXTENSIONS, name));
  const known = stated.flatMap(([name, value]) =>
    Object.hasOwn(EXTENSIONS, name) ? [[EXTENSIONS[name]!, value] as const] : [],
  );
  return { extensions: Object.fromEntries(known), unknown: [...new Set(unknown)] };
}

/** `{thing-id}` as `:thing_id`. What is a part of a segment stays as it is, and is refused as a path. */
function routePathOf(path: string): string {
  return path.replaceAll(/(?<=\/)\{([^{}/]+)\}(?=\/|$)/g, (_, name: string) => {
    const plain = name.replaceAll(/\W/g, '_');
    return `:${/^[A-Za-z]/.test(plain) ? plain : `p${plain}`}`;
  });
}

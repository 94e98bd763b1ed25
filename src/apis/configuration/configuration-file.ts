import { checkedFields } from '../../platform/http/checked-fields.js';
import { isObject, type DocumentObject } from '../../platform/http/document-text.js';
import type { FieldError } from '../../platform/http/problem.js';
import { ResourcesService } from '../resources/resources.service.js';
import { UpstreamsService } from '../upstreams/upstreams.service.js';
import { VERSION_STATUSES, type VersionStatus } from '../versions/api-version.entity.js';
import { RoutesService } from '../versions/routes.service.js';
import { VersionsService } from '../versions/versions.service.js';

export type UpstreamFields = InstanceType<typeof UpstreamsService.Fields>;
export type ApiFields = InstanceType<typeof ResourcesService.Fields>;
export type RouteFields = InstanceType<typeof RoutesService.Fields>;

/** A version as a file declares it; others by their names. */
export interface DeclaredVersion {
  fields: Omit<InstanceType<typeof VersionsService.Fields>, 'upstreamId'>;
  upstream: string;
  status: VersionStatus;
  end: InstanceType<typeof VersionsService.EndFields>;
  /** Its label. */
  successor: string | null;
  routes: RouteFields[];
}

export interface DeclaredApi {
  fields: ApiFields;
  versions: DeclaredVersion[];
}

/** A configuration of the gateway, in a file. */
export interface Configuration {
  upstreams: UpstreamFields[];
  apis: DeclaredApi[];
}

/** In place of the id of an upstream that is named. */
const ANY_ID = '7d1f4c0e-6a2b-4f0d-9a53-2f6f1f0f9c11';
const MOST_ERRORS = 50;

/** Reads a configuration, and what is wrong with it. */
export function configurationOf(document: DocumentObject): { wanted: Configuration; errors: FieldError[] } {
  const errors: FieldError[] = unknownIn(document, ['format', 'upstreams', 'apis'], '');
  if (document['format'] !== 1) errors.push({ field: 'format', message: 'must be 1' });
  const upstreams = listIn(document, 'upstreams', '', errors).map(([plain, at]) =>
    upstreamOf(plain, at, errors),
  );
  const apis = listIn(document, 'apis', '', errors).map(([plain, at]) => apiOf(plain, at, errors));
  errors.push(
    ...repeated(
      upstreams.map(({ name }) => name),
      'upstreams',
    ),
  );
  errors.push(
    ...repeated(
      apis.map(({ fields }) => fields.identifier),
      'apis',
    ),
  );
  return { wanted: { upstreams, apis }, errors: errors.slice(0, MOST_ERRORS) };
}

function upstreamOf(plain: DocumentObject, at: string, errors: FieldError[]): UpstreamFields {
  if (plain['tls'] !== undefined)
    errors.push({ field: `${at}.tls`, message: 'belongs into no file; set it by PATCH /v1/upstreams/:id' });
  return checked(UpstreamsService.Fields, plain, at, errors);
}

function apiOf(plain: DocumentObject, at: string, errors: FieldError[]): DeclaredApi {
  const { versions: _versions, status, ...fields } = plain;
  if (status !== undefined)
    errors.push({ field: `${at}.status`, message: 'follows from its versions; leave it out' });
  const versions = listIn(plain, 'versions', at, errors).map(([each, place]) =>
    versionOf(each, place, errors),
  );
  errors.push(
    ...repeated(
      versions.map(({ fields: { label } }) => label),
      `${at}.versions`,
    ),
  );
  return { fields: checked(ResourcesService.Fields, fields, at, errors), versions };
}

function versionOf(plain: DocumentObject, at: string, errors: FieldError[]): DeclaredVersion {
  const { upstream, status = 'draft', deprecatedAt, sunsetAt, docsUrl, successor = null, ...rest } = plain;
  const { routes: _routes, ...fields } = rest;
  if (typeof upstream !== 'string')
    errors.push({ field: `${at}.upstream`, message: 'must name an upstream' });
  if (successor !== null && typeof successor !== 'string')
    errors.push({ field: `${at}.successor`, message: 'must be the label of another version' });
  if (!VERSION_STATUSES.includes(status as VersionStatus))
    errors.push({ field: `${at}.status`, message: `must be one of ${VERSION_STATUSES.join(', ')}` });
  const stated = Object.entries({ deprecatedAt, sunsetAt, docsUrl }).filter(
    ([, value]) => value !== undefined,
  );
  const routes = listIn(plain, 'routes', at, errors).map(([each, place]) => ({
    name: place,
    fields: checked(RoutesService.Fields, each, place, errors),
  }));
  if (errors.length === 0)
    for (const message of RoutesService.duplicates(routes)) errors.push({ field: `${at}.routes`, message });
  return {
    fields: checked(VersionsService.Fields, { ...fields, upstreamId: ANY_ID }, at, errors),
    upstream: String(upstream),
    status: status as VersionStatus,
    end: checked(VersionsService.EndFields, Object.fromEntries(stated), at, errors),
    successor: successor as string | null,
    routes: routes.map((each) => each.fields),
  };
}

function checked<T extends object>(
  type: new () => T,
  plain: DocumentObject,
  at: string,
  errors: FieldError[],
): T {
  const { fields, errors: found } = checkedFields(type, plain, at);
  errors.push(...found);
  return fields;
}

/** The objects of a list, each with its place. */
function listIn(
  parent: DocumentObject,
  name: string,
  at: string,
  errors: FieldError[],
): [plain: DocumentObject, at: string][] {
  const field = at === '' ? name : `${at}.${name}`;
  const { [name]: list = [] } = parent;
  if (Array.isArray(list) && list.every(isObject))
    return list.map((each, position) => [each, `${field}.${position}`]);
  errors.push({ field, message: 'must be a list of objects' });
  return [];
}

function unknownIn(object: DocumentObject, known: string[], at: string): FieldError[] {
  return Object.keys(object)
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: `${at}${name}`, message: 'is not known' }));
}

function repeated(names: string[], field: string): FieldError[] {
  const twice = names.filter((name, position) => names.indexOf(name) < position);
  return [...new Set(twice)].map((name) => ({ field, message: `${name} is there twice` }));
}

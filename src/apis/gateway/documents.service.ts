import { Injectable } from '@nestjs/common';
import type { Resource } from '../resources/resource.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { Upstream } from '../upstreams/upstream.entity.js';
import { UpstreamsService } from '../upstreams/upstreams.service.js';
import type { ApiRoute } from '../versions/api-route.entity.js';
import type { ApiVersion } from '../versions/api-version.entity.js';
import { RoutesService } from '../versions/routes.service.js';
import { VersionsService } from '../versions/versions.service.js';
import type {
  ApiDocument,
  GatewayDocument,
  RouteDocument,
  UpstreamDocument,
  VersionDocument,
} from './gateway-document.types.js';

/** Writes down what the rows say, as a revision holds it. */
@Injectable()
export class Documents {
  constructor(
    private readonly resources: ResourcesService,
    private readonly upstreams: UpstreamsService,
    private readonly versions: VersionsService,
    private readonly routes: RoutesService,
  ) {}

  /** All that is published by now. */
  async current(): Promise<GatewayDocument> {
    const versions = await this.versions.everPublished();
    const [resources, upstreams, routes] = await Promise.all([
      this.resources.named(distinct(versions.map(({ resourceId }) => resourceId))),
      this.upstreams.named(distinct(versions.map(({ upstreamId }) => upstreamId))),
      this.routes.ofVersions(versions.map(({ id }) => id)),
    ]);
    const routesOf = byVersion(routes);
    const apis = resources
      .filter(({ status }) => status !== 'draft')
      .map((resource) => {
        const own = versions.filter(({ resourceId }) => resourceId === resource.id);
        return apiOf(
          resource,
          own.map((each) => versionDocument(each, resource, routesOf.get(each.id) ?? [])),
        );
      });
    return { format: 1, upstreams: upstreams.map(upstreamOf), apis };
  }
}

function byVersion(routes: ApiRoute[]): Map<string, ApiRoute[]> {
  const grouped = new Map<string, ApiRoute[]>();
  for (const route of routes) {
    const list = grouped.get(route.versionId);
    if (list) list.push(route);
    else grouped.set(route.versionId, [route]);
  }
  return grouped;
}

function distinct(ids: string[]): string[] {
  return [...new Set(ids)];
}

function upstreamOf(upstream: Upstream): UpstreamDocument {
  const { id, name, targets, balance, identity, preserveHost, timeouts, breaker, tlsSealed } = upstream;
  return { id, name, targets, balance, identity, preserveHost, timeouts, breaker, tlsSealed };
}

function apiOf({ id, identifier, name, scopes }: Resource, versions: VersionDocument[]): ApiDocument {
  return { id, identifier, name, scopes: scopes.map((scope) => scope.name), versions };
}

/** What an API has ended, none of its versions goes on with. */
function versionDocument(
  version: ApiVersion,
  { status: ofApi }: Resource,
  routes: ApiRoute[],
): VersionDocument {
  const { id, label, selector, upstreamId, basePath, stripPrefix, successorId, docsUrl } = version;
  return {
    id,
    label,
    status: ofApi === 'retired' ? 'retired' : version.status,
    selector,
    upstreamId,
    basePath,
    stripPrefix,
    deprecatedAt: version.deprecatedAt?.getTime() ?? null,
    sunsetAt: version.sunsetAt?.getTime() ?? null,
    successorId,
    docsUrl,
    routes: routes.map(routeOf),
  };
}

function routeOf(route: ApiRoute): RouteDocument {
  const { id, methods, path, scopes, roles, isPublic, callLimit, timeouts, bodyLimit, retries, forward } =
    route;
  const { allowEmptySegments, allowEncodedSlash } = route;
  return {
    id,
    methods,
    path,
    scopes,
    roles,
    isPublic,
    limit: callLimit,
    timeouts,
    bodyLimit,
    retries,
    forward,
    allowEmptySegments,
    allowEncodedSlash,
  };
}

import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../resources/resource.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { Upstream } from '../upstreams/upstream.entity.js';
import { UpstreamsService } from '../upstreams/upstreams.service.js';
import type { ApiRoute } from '../versions/api-route.entity.js';
import type { ApiVersion } from '../versions/api-version.entity.js';
import { RoutesService } from '../versions/routes.service.js';
import { VersionsService } from '../versions/versions.service.js';

/** Writes down what stands behind the gateway, by names and without ids, secrets, and what is as it is by default. */
@Injectable()
export class ConfigurationExport {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly resources: ResourcesService,
    private readonly versions: VersionsService,
    private readonly routes: RoutesService,
  ) {}

  /** The whole, in one order: two exports of the same are equal. */
  async document(): Promise<object> {
    const [upstreams, versions] = await Promise.all([this.upstreams.all(), this.versions.all()]);
    const resources = await this.resources.named([...new Set(versions.map(({ resourceId }) => resourceId))]);
    const names = new Map(upstreams.map(({ id, name }) => [id, name]));
    const apis = resources.toSorted(({ identifier: a }, { identifier: b }) => (a < b ? -1 : 1));
    return {
      format: 1,
      upstreams: upstreams.map(shownUpstream),
      apis: await Promise.all(
        apis.map(async (resource) => {
          const own = versions.filter(({ resourceId }) => resourceId === resource.id);
          const routes = await this.routes.ofVersions(own.map(({ id }) => id));
          return {
            ...shownApi(resource),
            versions: own.map((each) => shownVersion(each, own, names, routes)),
          };
        }),
      ),
    };
  }
}

function shownUpstream(upstream: Upstream): object {
  const { name, targets } = upstream;
  const { timeouts, breaker, ...rest } = UpstreamsService.completed({ name, targets });
  return {
    name,
    targets,
    ...unusual(upstream, rest),
    ...nonEmpty('timeouts', unusual(upstream.timeouts, timeouts)),
    ...nonEmpty('breaker', unusual(upstream.breaker, breaker)),
  };
}

function shownApi({ identifier, name, description, version, scopes }: Resource): object {
  return {
    identifier,
    name,
    ...unusual({ description, version }, { description: null, version: '1.0' }),
    ...(scopes.length > 0 && {
      scopes: scopes.map(({ name: scope, description: of }) => shownScope(scope, of)),
    }),
  };
}

function shownScope(name: string, description: string | null): object {
  return { name, ...(description !== null && { description }) };
}

function shownVersion(
  version: ApiVersion,
  all: ApiVersion[],
  names: Map<string, string>,
  routes: ApiRoute[],
): object {
  const { id, label, status, selector, upstreamId, basePath, stripPrefix, successorId, docsUrl } = version;
  const own = routes.filter(({ versionId }) => versionId === id);
  return {
    label,
    status,
    selector,
    upstream: names.get(upstreamId)!,
    ...unusual({ basePath, stripPrefix, docsUrl }, { basePath: '', stripPrefix: true, docsUrl: null }),
    ...(version.deprecatedAt && { deprecatedAt: version.deprecatedAt.toISOString() }),
    ...(version.sunsetAt && { sunsetAt: version.sunsetAt.toISOString() }),
    ...(successorId !== null && { successor: all.find((each) => each.id === successorId)?.label }),
    routes: own.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).map(shownRoute),
  };
}

function placeOf({ path, methods }: ApiRoute): string {
  return `${path} ${methods.join()}`;
}

function shownRoute({ callLimit, ...row }: ApiRoute): object {
  const { methods, path } = row;
  const { methods: _methods, path: _path, ...usual } = RoutesService.completed({ methods, path });
  return { methods, path, ...unusual({ ...row, limit: callLimit }, usual) };
}

/** Those members that are not as they are by default. */
function unusual<T extends object>(given: T, usual: Partial<T>): Partial<T> {
  const different = Object.entries(usual).filter(
    ([name, value]) => !isDeepStrictEqual(given[name as keyof T], value),
  );
  return Object.fromEntries(different.map(([name]) => [name, given[name as keyof T]])) as Partial<T>;
}

function nonEmpty(name: string, members: object): object {
  return Object.keys(members).length > 0 ? { [name]: members } : {};
}

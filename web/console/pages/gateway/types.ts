import type { ExplainResponse, RevisionResponse } from '../../../../src/apis/gateway/gateway.dto.js';
import type { ResourceResponse } from '../../../../src/apis/resources/resources.dto.js';
import type { TargetCheck, UpstreamResponse } from '../../../../src/apis/upstreams/upstreams.dto.js';
import type { RouteResponse } from '../../../../src/apis/versions/routes.dto.js';
import type { VersionResponse } from '../../../../src/apis/versions/versions.dto.js';
import type { Wire } from '../../api.js';

export type Resource = Wire<ResourceResponse>;
export type Upstream = Wire<UpstreamResponse>;
export type Check = Wire<TargetCheck>;
export type Version = Wire<VersionResponse>;
export type ApiRoute = Wire<RouteResponse>;
export type Revision = Wire<RevisionResponse>;
export type Explanation = Wire<ExplainResponse>;

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export const PERIODS = ['second', 'minute', 'hour', 'day'] as const;

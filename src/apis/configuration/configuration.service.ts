import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../platform/access/actor.js';
import type { DocumentObject } from '../../platform/http/document-text.js';
import { ValidationFailed } from '../../platform/http/http.errors.js';
import type { FieldError } from '../../platform/http/problem.js';
import { RevisionsService } from '../gateway/revisions.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import type { Upstream } from '../upstreams/upstream.entity.js';
import { UpstreamsService } from '../upstreams/upstreams.service.js';
import { VERSION_STATUSES, type ApiVersion } from '../versions/api-version.entity.js';
import { LifecycleService } from '../versions/lifecycle.service.js';
import { RoutesService } from '../versions/routes.service.js';
import { VersionsService } from '../versions/versions.service.js';
import {
  configurationOf,
  type Configuration,
  type DeclaredApi,
  type DeclaredVersion,
  type UpstreamFields,
} from './configuration-file.js';

/** Something that a configuration changes. */
export interface ConfigurationStep {
  /** `change upstream items: targets, balance` */
  text: string;
  run: () => Promise<unknown>;
}

/** Ids by name, of what is there and of what is made on the way. */
interface Known {
  upstreams: Map<string, string>;
  /** By identifier. */
  apis: Map<string, string>;
  /** By identifier and label. */
  versions: Map<string, string>;
  actor: Actor;
}

/**
 * Makes what stands behind the gateway what a file says. What the file does not name stays; of what it names, what it does not
 * say is as it is by default. A second time nothing changes.
 */
@Injectable()
export class ConfigurationService {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly resources: ResourcesService,
    private readonly versions: VersionsService,
    private readonly routes: RoutesService,
    private readonly lifecycle: LifecycleService,
    private readonly revisions: RevisionsService,
  ) {}

  /** What would change, in its order. Nothing does before the steps are run. @throws ValidationFailed */
  async plan(document: DocumentObject, actor: Actor): Promise<ConfigurationStep[]> {
    const { wanted, errors } = configurationOf(document);
    if (errors.length > 0) throw new ValidationFailed(errors);
    const upstreams = await this.upstreams.all();
    const known: Known = {
      upstreams: new Map(upstreams.map(({ id, name }) => [name, id])),
      apis: new Map(),
      versions: new Map(),
      actor,
    };
    refuseUnknown(wanted, known);
    const steps = wanted.upstreams.flatMap((each) =>
      this.upstreamSteps(
        each,
        upstreams.find(({ name }) => name === each.name),
        known,
      ),
    );
    for (const api of wanted.apis) steps.push(...(await this.apiSteps(api, known)));
    return steps;
  }

  /** Runs the steps, one after the other, and publishes what came of them. */
  async apply(steps: ConfigurationStep[], note: string, actor: Actor): Promise<number | undefined> {
    for (const { run } of steps) await run();
    return steps.length === 0 ? undefined : (await this.revisions.publish(note, actor)).seq;
  }

  private upstreamSteps(
    wanted: UpstreamFields,
    found: Upstream | undefined,
    { upstreams, actor }: Known,
  ): ConfigurationStep[] {
    const { name } = wanted;
    const create = async () => upstreams.set(name, (await this.upstreams.create(wanted, actor)).id);
    if (!found) return [{ text: `make upstream ${name}`, run: create }];
    const whole = UpstreamsService.completed(wanted);
    const changes = differences(whole, found);
    const run = () => this.upstreams.change(found.id, whole, actor);
    return changes.length > 0 ? [{ text: `change upstream ${name}: ${changes.join(', ')}`, run }] : [];
  }

  private async apiSteps({ fields, versions }: DeclaredApi, known: Known): Promise<ConfigurationStep[]> {
    const { identifier } = fields;
    const { actor, apis } = known;
    const found = await this.resources.findByIdentifier(identifier);
    const steps: ConfigurationStep[] = [];
    if (found) {
      apis.set(identifier, found.id);
      const { name, description = null, version = '1.0', scopes = [] } = fields;
      const whole = { name, description, version, scopes };
      const changes = differences(whole, found);
      const run = () => this.resources.change(found.id, whole, actor);
      if (changes.length > 0) steps.push({ text: `change API ${identifier}: ${changes.join(', ')}`, run });
    } else {
      const run = async () => apis.set(identifier, (await this.resources.create(fields, actor)).id);
      steps.push({ text: `make API ${identifier}`, run });
    }
    const rows = found ? await this.versions.list(found.id, actor, { limit: 1_000 }, '') : [];
    for (const row of rows) known.versions.set(`${identifier} ${row.label}`, row.id);
    for (const each of versions) {
      const row = rows.find(({ label }) => label === each.fields.label);
      steps.push(...(await this.versionSteps(identifier, each, row, known)));
    }
    for (const each of versions) {
      const row = rows.find(({ label }) => label === each.fields.label);
      steps.push(...this.lifecycleSteps(identifier, each, row, known));
    }
    return steps;
  }

  private async versionSteps(
    identifier: string,
    { fields, upstream, routes }: DeclaredVersion,
    row: ApiVersion | undefined,
    { apis, upstreams, versions, actor }: Known,
  ): Promise<ConfigurationStep[]> {
    const name = `${identifier} ${fields.label}`;
    const { label, selector, basePath = '', stripPrefix = true } = fields;
    const whole = () => ({ label, selector, basePath, stripPrefix, upstreamId: upstreams.get(upstream)! });
    const replace = () => this.routes.replace(apis.get(identifier)!, versions.get(name)!, routes, actor);
    if (!row) {
      const run = async () =>
        versions.set(name, (await this.versions.create(apis.get(identifier)!, whole(), actor)).id);
      return [
        { text: `make version ${name}`, run },
        ...routes.map(({ methods, path }) => ({
          text: `make route ${methods.join()} ${path} of ${name}`,
          run: noStep,
        })),
        { text: '', run: replace },
      ];
    }
    // An upstream that is made on the way has no id yet.
    const changes = differences(whole(), row);
    const run = () => this.versions.change(apis.get(identifier)!, row.id, whole(), actor);
    const plan = await this.routes.planOf(row.id, routes);
    const routeTexts = [
      ...plan.removed.map(({ methods, path }) => `delete route ${methods.join()} ${path} of ${name}`),
      ...plan.changed.map(({ route, change }) => {
        const names = Object.keys(change).filter((each) => each !== 'updatedAt');
        return `change route ${route.methods.join()} ${route.path} of ${name}: ${names.join(', ')}`;
      }),
      ...plan.added.map(({ methods, path }) => `make route ${methods.join()} ${path} of ${name}`),
    ];
    return [
      ...(changes.length > 0 ? [{ text: `change version ${name}: ${changes.join(', ')}`, run }] : []),
      ...routeTexts.map((text, position) => ({ text, run: position === 0 ? replace : noStep })),
    ];
  }

  /** @throws ValidationFailed for a version that would go back */
  private lifecycleSteps(
    identifier: string,
    { fields: { label }, status: to, end, successor }: DeclaredVersion,
    row: ApiVersion | undefined,
    { apis, versions, actor }: Known,
  ): ConfigurationStep[] {
    const name = `${identifier} ${label}`;
    const from = row?.status ?? 'draft';
    if (VERSION_STATUSES.indexOf(to) < VERSION_STATUSES.indexOf(from)) {
      const message = `${name} is ${from}, and never becomes ${to} again`;
      throw new ValidationFailed([{ field: 'status', message }]);
    }
    const ids = () => [apis.get(identifier)!, versions.get(name)!] as const;
    const publish = { text: `publish ${name}`, run: () => this.lifecycle.publish(...ids(), actor) };
    const deprecate = {
      text: `deprecate ${name}`,
      run: () => {
        const successorId = successor === null ? null : versions.get(`${identifier} ${successor}`)!;
        return this.lifecycle.deprecate(
          ...ids(),
          { sunsetAt: null, docsUrl: null, ...end, successorId },
          actor,
        );
      },
    };
    const retire = { text: `retire ${name}`, run: () => this.lifecycle.retire(...ids(), actor) };
    const isNews = row?.status === 'deprecated' && endsOtherwise(row, end, successor, identifier, versions);
    return [
      ...(from === 'draft' && to !== 'draft' ? [publish] : []),
      ...(to === 'deprecated' && (from !== to || isNews) ? [deprecate] : []),
      ...(to === 'retired' && from !== to ? [retire] : []),
    ];
  }
}

const noStep = async () => {};
const at = (time: string | null | undefined) => (time ? Date.parse(time) : undefined);

/** Whether an end that was announced is to be another. */
function endsOtherwise(
  row: ApiVersion,
  { deprecatedAt, sunsetAt = null, docsUrl = null }: DeclaredVersion['end'],
  successor: string | null,
  identifier: string,
  versions: Map<string, string>,
): boolean {
  const successorId = successor === null ? null : versions.get(`${identifier} ${successor}`);
  return (
    (deprecatedAt !== undefined && at(deprecatedAt) !== row.deprecatedAt?.getTime()) ||
    at(sunsetAt) !== row.sunsetAt?.getTime() ||
    docsUrl !== row.docsUrl ||
    successorId !== row.successorId
  );
}

/** Names of what a file refers to that is neither in it nor there. */
function refuseUnknown({ upstreams, apis }: Configuration, known: Known): void {
  const names = new Set([...known.upstreams.keys(), ...upstreams.map(({ name }) => name)]);
  const errors: FieldError[] = [];
  for (const { fields, versions } of apis)
    for (const { upstream, successor, fields: own } of versions) {
      const field = `${fields.identifier} ${own.label}`;
      if (!names.has(upstream)) errors.push({ field, message: `there is no upstream ${upstream}` });
      const labels = versions.map((each) => each.fields.label);
      if (successor !== null && (successor === own.label || !labels.includes(successor)))
        errors.push({ field, message: `${successor} is no other version of it in this file` });
    }
  if (errors.length > 0) throw new ValidationFailed(errors);
}

/** The names of those members of a row that are to be others. */
function differences(wanted: object, row: object): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => !isDeepStrictEqual(plain(row[name as never]), plain(value)))
    .map(([name]) => (name === 'upstreamId' ? 'upstream' : name));
}

function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../platform/access/actor.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { isForeignKeyViolation, isUniqueViolation } from '../../platform/database/database.errors.js';
import {
  Database,
  outdated,
  whileOutdated,
  type Statement,
} from '../../platform/database/database.service.js';
import { given } from '../../platform/http/fields.js';
import { NotFound } from '../../platform/http/http.errors.js';
import type { PageQuery } from '../../platform/http/pagination.js';
import { NotYourResource } from '../resources/resources.errors.js';
import { ResourcesService } from '../resources/resources.service.js';
import { Plan } from './plan.entity.js';
import type { ChangePlan, CreatePlan } from './plans.dto.js';
import { PlanInUse, PlanNameTaken, TooManyPlans } from './plans.errors.js';

const MOST_PLANS = 100;
const DEFAULT_MAX_KEYS = 5;
/** Locks the API's row: its plans are made one after the other. */
const HOLD_RESOURCE = 'UPDATE resources SET status = status WHERE id = :resourceId';
/** A statement of its own, for PostgreSQL counts what was there when a statement began. */
const HAS_ROOM = `UPDATE resources SET status = status WHERE id = :resourceId AND :max > (
  SELECT COUNT(*) FROM plans WHERE resource_id = :resourceId)`;

/** Plans of APIs: made, changed, retired and deleted by who may change the API. */
@Injectable()
export class PlansService {
  private readonly changed: ((id: string) => Statement[])[] = [];

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly resources: ResourcesService,
    @InjectRepository(Plan) private readonly plans: Repository<Plan>,
  ) {}

  /** What is done in the batch in which a plan is changed, behind the change. To be called in a constructor. */
  onChange(statements: (id: string) => Statement[]): void {
    this.changed.push(statements);
  }

  /** One more than `query.limit` plans, oldest first; those that are not for all only for the publisher. @throws NotFound */
  async list(resourceId: string, actor: Actor, query: PageQuery, after: string): Promise<Plan[]> {
    const where = { resourceId, id: MoreThan(after) };
    const isOwn = await this.mayChange(resourceId, actor);
    return this.plans.find({
      where: isOwn ? where : { ...where, isPublic: true, status: 'active' },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** @throws NotFound, for a plan that is the publisher's alone too */
  async get(resourceId: string, id: string, actor: Actor): Promise<Plan> {
    const isOwn = await this.mayChange(resourceId, actor);
    const plan = await this.plans.findOneBy({ id, resourceId });
    if (!plan || (!isOwn && (!plan.isPublic || plan.status !== 'active'))) throw noSuchPlan();
    return plan;
  }

  /** Without a check of who may see it. */
  find(id: string): Promise<Plan | null> {
    return this.plans.findOneBy({ id });
  }

  /** Runs in the batch that subscribes to a plan, and fails when it takes no new subscriptions. */
  holding({ id }: Plan, or: () => Error): Statement {
    const sql = `UPDATE plans SET version = version WHERE id = :id AND status = 'active'`;
    return { sql, params: { id }, affects: 1, or };
  }

  /** @throws NotFound, NotYourResource, PlanNameTaken, TooManyPlans */
  async create(resourceId: string, fields: CreatePlan, actor: Actor): Promise<Plan> {
    await this.resources.own(resourceId, actor);
    const now = new Date();
    const plan: Plan = {
      id: uuidv7(),
      resourceId,
      name: fields.name,
      description: fields.description ?? null,
      approval: fields.approval ?? 'auto',
      quota: fields.quota ?? [],
      callLimit: fields.limit ?? null,
      maxKeys: fields.maxKeys ?? DEFAULT_MAX_KEYS,
      isPublic: fields.isPublic ?? true,
      status: 'active',
      version: 0,
      createdAt: now,
      updatedAt: now,
    };
    const params = { resourceId, max: MOST_PLANS };
    await this.commit([
      { sql: HOLD_RESOURCE, params: { resourceId }, affects: 1, or: () => new NotFound('The API is gone.') },
      { sql: HAS_ROOM, params, affects: 1, or: () => new TooManyPlans(MOST_PLANS) },
      this.database.insert(Plan, plan),
      this.event('plan.created', plan, actor),
    ]);
    return plan;
  }

  /** What is not named stays; its subscriptions have it within a second. @throws NotFound, NotYourResource, PlanNameTaken */
  change(resourceId: string, id: string, { limit, ...fields }: ChangePlan, actor: Actor): Promise<Plan> {
    return whileOutdated(async () => {
      const plan = await this.own(resourceId, id, actor);
      const named: Partial<Plan> = { ...given(fields), ...(limit !== undefined && { callLimit: limit }) };
      const { version } = plan;
      const change: Partial<Plan> = { ...named, version: version + 1, updatedAt: new Date() };
      const next = { ...plan, ...change };
      await this.commit([
        { ...this.database.update(Plan, { id, version }, change), or: outdated },
        ...this.changed.flatMap((statements) => statements(id)),
        this.event('plan.updated', next, actor, Object.keys(named)),
      ]);
      return next;
    });
  }

  /** @throws NotFound, NotYourResource, PlanInUse */
  async remove(resourceId: string, id: string, actor: Actor): Promise<void> {
    const plan = await this.own(resourceId, id, actor);
    await this.commit([
      { sql: 'DELETE FROM plans WHERE id = :id', params: { id } },
      this.event('plan.deleted', plan, actor),
    ]);
  }

  /** @throws NotFound */
  private async mayChange(resourceId: string, actor: Actor): Promise<boolean> {
    try {
      await this.resources.own(resourceId, actor);
      return true;
    } catch (error) {
      if (error instanceof NotYourResource) return false;
      throw error;
    }
  }

  private async own(resourceId: string, id: string, actor: Actor): Promise<Plan> {
    await this.resources.own(resourceId, actor);
    const plan = await this.plans.findOneBy({ id, resourceId });
    if (!plan) throw noSuchPlan();
    return plan;
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (isUniqueViolation(error)) throw new PlanNameTaken();
      if (isForeignKeyViolation(error)) throw new PlanInUse();
      throw error;
    }
  }

  private event(action: string, plan: Plan, actor: Actor, changed?: string[]): Statement {
    const { id, resourceId, name, status } = plan;
    const detail = { resourceId, name, status, ...(changed && { changed }) };
    return this.audit.event({ action, target: { kind: 'plan', id }, detail }, actor);
  }
}

function noSuchPlan(): NotFound {
  return new NotFound('There is no such plan of this API.');
}

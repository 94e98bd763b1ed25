import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { In, MoreThan, Repository } from 'typeorm';
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
import { SealingService } from '../../tokens/keys/sealing.service.js';
import { UpstreamAddresses } from './upstream-addresses.service.js';
import { Upstream, type Breaker, type Timeouts, type UpstreamTls } from './upstream.entity.js';
import { CreateUpstream, type ChangeUpstream } from './upstreams.dto.js';
import { TargetRefused, TlsRefused, UpstreamInUse, UpstreamNameTaken } from './upstreams.errors.js';

const TIMEOUTS: Timeouts = { connect: 5, head: 30, idle: 60, streamIdle: 300, clientIdle: 60 };
const BREAKER: Breaker = { failures: 5, open: 10 };
const SEALED_FOR = 'upstream-tls';

/** The services behind the gateway: where they are, and how they are reached. */
@Injectable()
export class UpstreamsService {
  /** What a new upstream may say, and the rules for it; a configuration in a file says the same. */
  static readonly Fields = CreateUpstream;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly sealing: SealingService,
    private readonly addresses: UpstreamAddresses,
    @InjectRepository(Upstream) private readonly upstreams: Repository<Upstream>,
  ) {}

  /** One more than `query.limit` upstreams, oldest first, after the one with the id `after`. */
  list(query: PageQuery, after: string): Promise<Upstream[]> {
    return this.upstreams.find({
      where: { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: query.limit + 1,
    });
  }

  /** A new upstream with what it does not say. */
  static completed({ name, targets, balance, identity, preserveHost, timeouts, breaker }: CreateUpstream) {
    return {
      name,
      targets,
      balance: balance ?? ('weighted' as const),
      identity: identity ?? ('token' as const),
      preserveHost: preserveHost ?? false,
      timeouts: { ...TIMEOUTS, ...given(timeouts ?? {}) },
      breaker: { ...BREAKER, ...given(breaker ?? {}) },
    };
  }

  /** All of them, by name. */
  all(): Promise<Upstream[]> {
    return this.upstreams.find({ order: { name: 'ASC' } });
  }

  /** Those with these ids. */
  named(ids: string[]): Promise<Upstream[]> {
    return this.upstreams.find({ where: { id: In(ids) }, order: { id: 'ASC' } });
  }

  /** @throws NotFound */
  async get(id: string): Promise<Upstream> {
    const upstream = await this.upstreams.findOneBy({ id });
    if (!upstream) throw new NotFound('There is no such upstream.');
    return upstream;
  }

  /** @throws UpstreamNameTaken, TargetRefused, TlsRefused */
  async create(fields: CreateUpstream, actor: Actor): Promise<Upstream> {
    const now = new Date();
    const id = uuidv7();
    const upstream: Upstream = {
      id,
      ...UpstreamsService.completed(fields),
      tlsSealed: fields.tls ? this.sealed(id, fields.tls) : null,
      version: 0,
      createdAt: now,
      updatedAt: now,
    };
    this.refuseTargets(upstream);
    await this.commit([
      this.database.insert(Upstream, upstream),
      this.event('upstream.created', upstream, actor),
    ]);
    return upstream;
  }

  /** What is not named stays. @throws NotFound, UpstreamNameTaken, TargetRefused, TlsRefused */
  change(id: string, fields: ChangeUpstream, actor: Actor): Promise<Upstream> {
    return whileOutdated(() => this.changeOnce(id, fields, actor));
  }

  private async changeOnce(id: string, fields: ChangeUpstream, actor: Actor): Promise<Upstream> {
    const upstream = await this.get(id);
    const { version } = upstream;
    const { tls, timeouts, breaker, ...plain } = fields;
    const change: Partial<Upstream> = {
      ...given(plain),
      timeouts: { ...upstream.timeouts, ...given(timeouts ?? {}) },
      breaker: { ...upstream.breaker, ...given(breaker ?? {}) },
      ...(tls !== undefined && { tlsSealed: tls === null ? null : this.sealed(id, tls) }),
      version: version + 1,
      updatedAt: new Date(),
    };
    const next: Upstream = { ...upstream, ...change };
    this.refuseTargets(next);
    await this.commit([
      { ...this.database.update(Upstream, { id, version }, change), or: outdated },
      this.event('upstream.updated', next, actor, Object.keys(given(fields))),
    ]);
    return next;
  }

  /** @throws NotFound, UpstreamInUse */
  async remove(id: string, actor: Actor): Promise<void> {
    const upstream = await this.get(id);
    try {
      await this.database.atomically([
        { sql: 'DELETE FROM upstreams WHERE id = :id', params: { id } },
        this.event('upstream.deleted', upstream, actor),
      ]);
    } catch (error) {
      if (isForeignKeyViolation(error)) throw new UpstreamInUse();
      throw error;
    }
  }

  /** What TLS to an upstream needs; empty for the usual. `sealed` is that of its row, or of a published table. */
  tlsOf({ id, tlsSealed }: Pick<Upstream, 'id' | 'tlsSealed'>): UpstreamTls {
    const opened = tlsSealed === null ? undefined : this.sealing.open(tlsSealed, SEALED_FOR, id);
    return opened ? (JSON.parse(opened.plain.toString()) as UpstreamTls) : {};
  }

  private sealed(id: string, tls: UpstreamTls): string {
    const { ca, certificate: cert, key } = tls;
    try {
      createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
      if ((cert === undefined) !== (key === undefined)) throw new Error('a certificate comes with its key');
    } catch (error) {
      throw new TlsRefused(error);
    }
    return this.sealing.seal(Buffer.from(JSON.stringify(tls)), SEALED_FOR, id);
  }

  /** Of names, the addresses are held against the rules when a connection is made. */
  private refuseTargets({ targets }: Upstream): void {
    for (const [position, { url }] of targets.entries()) {
      const { hostname, port, protocol } = new URL(url);
      const host = hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) === 0) continue;
      const number = Number(port) || (protocol === 'https:' ? 443 : 80);
      const refusal = this.addresses.refusalOf(host, number);
      if (refusal) throw new TargetRefused(`targets.${position}.url`, refusal);
    }
  }

  private async commit(statements: Statement[]): Promise<void> {
    try {
      await this.database.atomically(statements);
    } catch (error) {
      if (isUniqueViolation(error)) throw new UpstreamNameTaken();
      throw error;
    }
  }

  private event(
    action: string,
    { id, name, targets }: Upstream,
    actor: Actor,
    changed?: string[],
  ): Statement {
    const detail = { name, targets, ...(changed && { changed }) };
    return this.audit.event({ action, target: { kind: 'upstream', id }, detail }, actor);
  }
}

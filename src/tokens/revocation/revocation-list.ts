import type { RevocationKind } from './revocation.entity.js';
import type { ApiKeyMemory, Revocable } from './revocation.types.js';

/**
 * The live revocations of this process, where every guarded request looks. Times are whole seconds, which V8 keeps
 * without an object of their own: a million entries take about 130 MB.
 */
export class RevocationList {
  /** Revoked at every version: subject to expiry. */
  private readonly dead: Record<'session' | 'key', Map<string, number>> = {
    session: new Map(),
    key: new Map(),
  };
  /** Dead below a version. */
  private readonly outdated: Record<
    'user' | 'role' | 'api-key' | 'client',
    Map<string, { fromVersion: number; until: number }>
  > = {
    user: new Map(),
    role: new Map(),
    'api-key': new Map(),
    client: new Map(),
  };

  /**
   * A revocation is never taken back: of two for one subject, in any order, the stricter counts. A kind that is unknown
   * here, as of a newer node during a rolling upgrade, is of nothing that this node knows, and must not stop the others.
   * @param expiresAt in ms
   */
  add(kind: RevocationKind, subject: string, fromVersion: number, expiresAt: number): void {
    const until = Math.ceil(expiresAt / 1000);
    // Deleted first, so that the maps stay ordered by expiry.
    if (isIn(this.outdated, kind)) {
      const known = this.outdated[kind].get(subject) ?? { fromVersion: 0, until: 0 };
      this.outdated[kind].delete(subject);
      this.outdated[kind].set(subject, {
        fromVersion: Math.max(fromVersion, known.fromVersion),
        until: Math.max(until, known.until),
      });
    } else if (isIn(this.dead, kind)) {
      const known = this.dead[kind].get(subject) ?? 0;
      this.dead[kind].delete(subject);
      this.dead[kind].set(subject, Math.max(until, known));
    }
  }

  /** Why a token is dead; `undefined` when it is not. */
  reason({ sub, sid, ver, roles, kid }: Revocable): RevocationKind | undefined {
    const { session, key } = this.dead;
    const { user, role } = this.outdated;
    if (session.has(sid)) return 'session';
    if (key.size > 0 && key.has(kid)) return 'key';
    if (user.size > 0 && ver < (user.get(sub)?.fromVersion ?? 0)) return 'user';
    if (role.size > 0 && roles.some((name) => ver < (role.get(name)?.fromVersion ?? 0))) return 'role';
    return undefined;
  }

  /** Whether what was remembered of an API key, or of its owner's rights, holds no longer. */
  isOutdated({ id, version, ownerId, roles, ver, kid }: ApiKeyMemory): boolean {
    const apiKey = this.outdated['api-key'];
    if (apiKey.size > 0 && version < (apiKey.get(id)?.fromVersion ?? 0)) return true;
    return this.reason({ sub: ownerId, sid: '', ver, roles, kid }) !== undefined;
  }

  /** Whether what was remembered of a client at this version holds no longer. */
  isOutdatedClient(id: string, version: number): boolean {
    const { client } = this.outdated;
    return client.size > 0 && version < (client.get(id)?.fromVersion ?? 0);
  }

  hasKey(kid: string): boolean {
    return this.dead.key.has(kid);
  }

  get size(): number {
    return [...Object.values(this.dead), ...Object.values(this.outdated)].reduce(
      (sum, { size }) => sum + size,
      0,
    );
  }

  /** Drops what no live token can match any more. The oldest stand first. */
  forgetExpired(now: number): void {
    const seconds = now / 1000;
    for (const list of Object.values(this.dead)) {
      for (const [subject, until] of list) {
        if (until > seconds) break;
        list.delete(subject);
      }
    }
    for (const list of Object.values(this.outdated)) {
      for (const [subject, { until }] of list) {
        if (until > seconds) break;
        list.delete(subject);
      }
    }
  }
}

function isIn<K extends string>(lists: Record<K, unknown>, kind: string): kind is K {
  return Object.hasOwn(lists, kind);
}

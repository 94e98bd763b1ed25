import { Injectable } from '@nestjs/common';

/** A session that is no sign-in of a browser, by a name of its own. */
export interface ListedSession {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date;
  ip: string | null;
}

/** Gives at most `limit` sessions of a user. */
export type SessionSource = (userId: string, limit: number) => Promise<ListedSession[]>;

/** What users see in the list of their sessions besides their browsers: other rooms add to it. */
@Injectable()
export class ListedSessionsService {
  private readonly sources: SessionSource[] = [];

  /** To be called in a constructor. */
  add(source: SessionSource): void {
    this.sources.push(source);
  }

  async of(userId: string, limit: number): Promise<ListedSession[]> {
    const found = await Promise.all(this.sources.map((source) => source(userId, limit)));
    return found.flat();
  }
}

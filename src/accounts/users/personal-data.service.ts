import { Injectable } from '@nestjs/common';

/** Reads what a user has, at most `limit` rows with ids above `after`, lowest first. */
export type ReadRows = (userId: string, limit: number, after: string) => Promise<{ id: string }[]>;

/** What features store about people. Whoever keeps rows of a user's adds them, and they are part of every export. */
@Injectable()
export class PersonalData {
  private readonly readers = new Map<string, ReadRows>();

  /** To be called once, in `onModuleInit`. @param name what it is called in an export, such as `resources` */
  add(name: string, read: ReadRows): void {
    if (this.readers.has(name)) throw new Error(`there are two kinds of personal data named ${name}`);
    this.readers.set(name, read);
  }

  /** All of it, by name, in the order of the modules. */
  get all(): ReadonlyMap<string, ReadRows> {
    return this.readers;
  }
}

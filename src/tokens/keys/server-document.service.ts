import { Injectable } from '@nestjs/common';

/** The metadata of the authorization server (RFC 8414), from the room that knows them; this one has the keys alone. */
@Injectable()
export class ServerDocument {
  private source: (() => Promise<object>) | undefined;

  /** To be called in a constructor. */
  use(source: () => Promise<object>): void {
    this.source = source;
  }

  /** `undefined` while OAuth is switched off. */
  async read(): Promise<object | undefined> {
    return this.source?.();
  }
}

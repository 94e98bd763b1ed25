import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

/** `lastUsedAt` in code is `last_used_at` in the database, so that hand-written SQL needs no quotes. */
export class SnakeCaseNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}

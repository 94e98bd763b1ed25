/** What an account may do at this moment; its tokens may say otherwise. */
export interface RightsNow {
  isActive: boolean;
  roles: string[];
  scopes: string[];
  /** The scopes of their roles as these say it, those of other APIs too; may hold `*`. */
  granted: readonly string[];
}

/** Implemented by the accounts wing; the rooms of tokens know subjects, not people. */
export abstract class CurrentRights {
  /** `undefined` when there is no such account. */
  abstract rightsOf(userId: string): Promise<RightsNow | undefined>;
}

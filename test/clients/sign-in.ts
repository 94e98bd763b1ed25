import { TOTP } from 'otpauth';

export interface Person {
  email: string;
  password: string;
  /** Of their authenticator application, in base32. */
  secret: string;
}

/** Signs in with a second factor, reads the account, and gives its address. */
export type SignIn = (baseUrl: string, person: Person) => Promise<string | undefined>;

/** The code of this moment. */
export function codeOf(secret: string): string {
  return new TOTP({ secret }).generate();
}

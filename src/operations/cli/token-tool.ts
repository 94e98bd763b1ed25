import type { Outcome } from './outcome.js';

/**
 * What `web/tokens/command-line.ts` offers. It is built apart from the server, since the page of the token tool is made
 * of the same code; a spec holds this against it.
 */
export interface TokenTool {
  decodeTokens: (pasted: string) => Promise<Outcome>;
  verifyTokens: (pasted: string, keys: string, options: { skewS: number }) => Promise<Outcome>;
  signClaims: (claims: string, key: string, options: SignOptions) => Promise<Outcome>;
  makeKey: (alg: string, format: KeyFormat, bits?: number) => Promise<Outcome>;
  convertKeys: (keys: string, format: KeyFormat) => Promise<Outcome>;
}

export type KeyFormat = 'jwk' | 'pem';

export interface SignOptions {
  alg?: string;
  /** Members of the header, as JSON. */
  header?: string;
  /** Signs with a weak secret, too. */
  isInsisting?: boolean;
}

/** Loads the tool from where the build puts it. */
export function loadTokenTool(): Promise<TokenTool> {
  return import(new URL('../../token-tool/command-line.js', import.meta.url).href) as Promise<TokenTool>;
}

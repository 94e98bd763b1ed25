export const RESPONSE_MODES = ['query', 'form_post'] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];

/** OIDC Core §3.1.2.1, and `create` of "Initiating User Registration via OpenID Connect". */
export const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create'] as const;
export type Prompt = (typeof PROMPTS)[number];

/** The parameters of an authorization request, checked against its client. */
export interface AuthorizationParameters {
  redirectUri: string;
  responseMode: ResponseMode;
  state: string | null;
  /** Those that were asked for and that the client may have. */
  scopes: string[];
  /** The identifiers of the resources that tokens are for; one at least. */
  resources: string[];
  /** `code_challenge` of the method S256. */
  challenge: string;
  nonce: string | null;
  prompts: Prompt[];
  /** Seconds that may have passed since the user proved who they are. */
  maxAge: number | null;
  acrValues: string[];
  loginHint: string | null;
  /** Who the client believes to be signed in: the `sub` of an ID token that we have signed. */
  hintedSubject: string | null;
  uiLocales: string | null;
  dpopJkt: string | null;
}

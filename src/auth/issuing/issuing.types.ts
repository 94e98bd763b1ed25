/** How tokens are handed out: in the body, or as cookies. */
export type Delivery = 'body' | 'cookie';

/** A token response (RFC 6749 §5.1); without tokens where they go as cookies. Lifetimes are in seconds. */
export interface TokenAnswer {
  access_token?: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token?: string;
  refresh_expires_in: number;
  scope: string;
}

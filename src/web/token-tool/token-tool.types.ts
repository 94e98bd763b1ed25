import type { TextForms } from '../../platform/texts/texts.types.js';

/** What the tool says of tokens, by code, and what members of headers and claims mean, by name. */
export interface ToolWords {
  says: Record<string, string>;
  means: Record<string, string>;
}

/** What the script of the tool is told when the page comes. */
export interface ToolSettings extends ToolWords {
  /** The address of this server, which issues tokens under this name. */
  issuer: string;
  jwks: { keys: object[] };
  isSignedIn: boolean;
  texts: Record<string, TextForms>;
}

import type { TextForms } from '../../platform/texts/texts.types.js';

/** What the script of the tool is told when the page comes. */
export interface ToolSettings {
  /** The address of this server, which issues tokens under this name. */
  issuer: string;
  jwks: { keys: object[] };
  isSignedIn: boolean;
  texts: Record<string, TextForms>;
}

import type { ToolSettings } from '../../../src/web/token-tool/token-tool.types.js';

/** Where the tool appears, and what the server told it. */
export const place = document.getElementById('tool')!;
export const settings = JSON.parse(place.dataset['settings']!) as ToolSettings;

/** Without https, and other than on localhost, browsers offer no cryptography. */
export const isSecure = globalThis.isSecureContext;

/** The name of this server, as buttons say it that send something there. */
export const host = location.host;

export const locale = document.documentElement.lang || 'en';

/** Pages that one does not return to: a sign-in would lead to itself, and a sign-out would end what has just begun. */
const NEVER = /^\/(login|signup|logout|step-up|setup|code|reset|preferences)(\/|$)/;
const LONGEST = 2_000;
/** Only for the parser; what is not of this origin in the end is refused. */
const HERE = 'http://here.invalid';

/**
 * The address to go on to, as a path of this server with its query; `otherwise` for anything that could lead elsewhere:
 * another origin however it is spelled (`//evil`, `/\evil`), a scheme, a control character.
 * @param mayBeSignIn for a cookie that signs no user in, and may come back to the sign-in as well
 */
export function returnAddress(asked: unknown, otherwise = '/account', { mayBeSignIn = false } = {}): string {
  if (typeof asked !== 'string' || asked.length > LONGEST) return otherwise;
  // Browsers read a backslash as a slash, and drop tabs and line breaks.
  if (!/^\/(?![/\\])[^\\\p{C}]*$/u.test(asked) || !URL.canParse(asked, HERE)) return otherwise;
  const { origin, pathname, search, hash } = new URL(asked, HERE);
  // `/.//evil` is a path that becomes `//evil` once it is resolved.
  if (origin !== HERE || pathname.startsWith('//')) return otherwise;
  if (!mayBeSignIn && NEVER.test(pathname)) return otherwise;
  return pathname + search + hash;
}

/** Whether the address leads on to another application, so that no redirect may answer the form; see `pages.goOn`. */
export function leavesAfterwards(address: string): boolean {
  return address.startsWith('/oauth/');
}

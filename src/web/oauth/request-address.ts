/** Where an authorization request goes on, in the language that it goes on in. */
export function requestAddress(id: string, locales: string | undefined): string {
  const query = new URLSearchParams({ request: id, ...(locales !== undefined && { ui_locales: locales }) });
  return `/oauth/authorize?${query.toString()}`;
}

/** The sign-in for an authorization request, for who is signed in as another user. */
export function loginAddress(id: string, locales: string | undefined): string {
  const query = new URLSearchParams({ continue: requestAddress(id, locales), prompt: 'login' });
  return `/login?${query.toString()}`;
}

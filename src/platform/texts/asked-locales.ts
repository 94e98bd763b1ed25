const NAME = 'ui_locales';

/**
 * The languages that a page is asked for (OpenID Connect Core §3.1.2.1): by its own address or form, or by the address that
 * it goes on to, so that a sign-in of several pages speaks one language.
 * @param fields a query or a form
 */
export function askedLocales(fields: unknown): string | undefined {
  const { [NAME]: own, continue: next } = (fields ?? {}) as Record<string, unknown>;
  if (typeof own === 'string') return own;
  if (typeof next !== 'string' || !next.includes(NAME)) return undefined;
  return new URLSearchParams(next.split('?')[1]).get(NAME) ?? undefined;
}

/** An address that asks for no language, nor does the one that it goes on to: another one has been chosen. */
export function withoutAskedLocales(address: string): string {
  if (!address.includes(NAME)) return address;
  const [path = '', query = ''] = address.split(/\?(.*)/s);
  const fields = new URLSearchParams(query);
  fields.delete(NAME);
  const next = fields.get('continue');
  if (next !== null) fields.set('continue', withoutAskedLocales(next));
  return fields.size > 0 ? `${path}?${fields.toString()}` : path;
}

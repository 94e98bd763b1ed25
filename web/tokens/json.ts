/** A JSON object: a header, claims, a JWK. */
export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A member of an object that may be anything, as text or not at all. */
export function textIn(object: Json | undefined, name: string): string | undefined {
  const value = object?.[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * @throws SyntaxError for what is no JSON
 * @returns `undefined` for JSON that is no object
 */
export function parseObject(text: string): Json | undefined {
  const value: unknown = JSON.parse(text);
  return isJson(value) ? value : undefined;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  example?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
}
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema?: Schema;
}
interface Described {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  security?: object[];
  'x-scopes'?: string[];
  'x-roles'?: string[];
}
/** What of `/openapi.json` is read here. */
export interface Document {
  paths: Record<string, Record<string, Described>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface Operation {
  key: string;
  method: string;
  path: string;
  summary: string;
  tag: string;
  scopes: string[];
  roles: string[];
  isPublic: boolean;
  /** An application calls it, with credentials of its own. */
  isForClients: boolean;
  /** What the decorators say, as the access matrix has it. */
  access: string;
  parameters: Parameter[];
  body: { type: string; schema: Schema } | undefined;
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      const [type, content] = Object.entries(described.requestBody?.content ?? {})[0] ?? [];
      return {
        key: `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        summary: described.summary ?? '',
        tag: described.tags?.[0] ?? '',
        scopes: described['x-scopes'] ?? [],
        roles: described['x-roles'] ?? [],
        isPublic: described.security?.length === 0,
        isForClients: described.security?.some((each) => 'client' in each) === true,
        access: /Access: (.*)\.$/.exec(described.description ?? '')?.[1] ?? '',
        parameters: described.parameters ?? [],
        body: type && content?.schema ? { type, schema: content.schema } : undefined,
      };
    }),
  );
}

/** What a user may do. */
export interface Held {
  scopes: readonly string[];
  roles: readonly string[];
}

/** The scopes and roles that the route needs and these are not; a route for applications alone lets no user in. */
export function refusalOf({ scopes, roles, isForClients }: Operation, held: Held) {
  if (isForClients) return { missing: [], isForClients };
  const missing = scopes.filter((scope) => !held.scopes.includes(scope));
  // One of them is enough.
  const isInRole = roles.length === 0 || roles.some((role) => held.roles.includes(role));
  if (!isInRole) missing.push(roles.join(' / '));
  return missing.length > 0 ? { missing, isForClients } : undefined;
}

const DEEPEST = 4;

/** A body to begin with, of the examples that the document has. */
export function exampleOf(schema: Schema, document: Document, depth = 0): unknown {
  const { example, enum: values, default: usual, $ref, allOf, properties, items, type } = schema;
  if (example !== undefined) return example;
  if (usual !== undefined) return usual;
  if (values?.length) return values[0];
  if (depth > DEEPEST) return null;
  const referred = $ref ?? allOf?.[0]?.$ref;
  if (referred) {
    const target = document.components?.schemas?.[referred.split('/').at(-1)!];
    return target ? exampleOf(target, document, depth + 1) : null;
  }
  if (properties) {
    const needed = Object.entries(properties).filter(
      ([name]) => !schema.required || schema.required.includes(name),
    );
    return Object.fromEntries(needed.map(([name, each]) => [name, exampleOf(each, document, depth + 1)]));
  }
  if (items) return [exampleOf(items, document, depth + 1)];
  return { string: '', number: 0, integer: 0, boolean: false }[[type].flat()[0] ?? ''] ?? null;
}

/** As much of JSON Schema as the specs look at. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  enum?: unknown[];
  example?: unknown;
  examples?: unknown;
  default?: unknown;
}

/** A body that an operation takes or gives. */
export interface Content {
  schema: Schema;
  example?: unknown;
  examples?: unknown;
}

export interface Operation {
  method: string;
  path: string;
  operation: {
    operationId: string;
    tags?: string[];
    summary?: string;
    description?: string;
    parameters?: { name: string; in: string; required?: boolean }[];
    requestBody?: { content?: Record<string, Content> };
    responses: Record<string, { content?: Record<string, Content> }>;
    security?: Record<string, string[]>[];
    'x-roles': string[];
    'x-scopes': string[];
  };
}

export interface Document {
  openapi: string;
  info: object;
  tags: { name: string; description?: string }[];
  servers: object[];
  paths: Record<string, Record<string, Operation['operation']>>;
  components: { schemas: Record<string, Schema>; securitySchemes: object };
}

/** All operations of a document. */
export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** A schema, and when it is a reference, what that refers to. */
export function resolve(document: Document, schema: Schema): Schema {
  const { $ref } = schema;
  if ($ref === undefined) return schema;
  const found = $ref
    .replace('#/', '')
    .split('/')
    .reduce<any>((node, key) => node?.[key], document);
  return found as Schema;
}

/** The fields of the JSON body that an operation takes, each with its example; `undefined` when it takes none. */
export function bodyOf(document: Document, { operation }: Operation): Record<string, unknown> | undefined {
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (!schema) return undefined;
  const { properties = {} } = resolve(document, schema);
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, exampleOf(document, property)]),
  );
}

function exampleOf(document: Document, schema: Schema): unknown {
  const { example, enum: words, type, items, allOf, properties } = resolve(document, schema);
  if (example !== undefined) return example;
  if (words) return words[0];
  if (allOf) return exampleOf(document, allOf[0]!);
  if (items) return [exampleOf(document, items)];
  if (properties) {
    return Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, exampleOf(document, each)]),
    );
  }
  return [type].flat()[0] === 'boolean' ? true : 'x';
}

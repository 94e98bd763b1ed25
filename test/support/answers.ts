import type { INestApplication, Type } from '@nestjs/common';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describeApi } from '../../src/app.openapi.js';
import { RouteRegistry } from '../../src/platform/access/route-registry.js';
import type { Settings } from '../../src/platform/config/settings.js';
import type { Answer } from './client.js';
import type { Content, Document, Operation, Schema } from './openapi.js';

/** What the document of a server says, by its URL. */
const described = new Map<string, () => Promise<DescribedApi>>();
/** Documents are large, and most servers under test have the same routes. */
const shared = new Map<string, Promise<DescribedApi>>();

/** From now on, answers of this server are held against its document. Routes of `modules` are the spec's own affair. */
export function describeServer(
  url: string,
  app: INestApplication,
  settings: Settings,
  modules: Type[],
): void {
  const own = new Set(modules.flatMap(controllersOf));
  const { routes } = app.get(RouteRegistry);
  const key = [settings.PUBLIC_URL, ...routes.map(({ method, path }) => `${method} ${path}`)].join('\n');
  described.set(url, () => {
    let api = shared.get(key);
    if (!api) {
      api = describeApi(app, settings).then((document) => new DescribedApi(document as never, own));
      shared.set(key, api);
    }
    return api;
  });
}

/** The server is gone; its port may be another's. */
export function forgetServer(url: string): void {
  described.delete(url);
}

/** @throws Error when the document of the server says something else of such an answer */
export async function checkAnswer(url: string, method: string, path: string, answer: Answer): Promise<void> {
  const wrong = (await described.get(url)?.())?.objectionTo(method, path, answer);
  if (wrong !== undefined)
    throw new Error(
      `${method} ${path} answered ${answer.status} against /openapi.json: ${wrong}\n${answer.text}`,
    );
}

class DescribedApi {
  private readonly ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  private readonly checks = new Map<Schema, ValidateFunction>();
  private readonly operations: { pattern: RegExp; item: Record<string, Operation['operation']> }[];

  constructor(document: Document, own: Set<string>) {
    this.ajv.addSchema({ ...(closed(document) as object), $id: 'api' });
    this.operations = Object.entries(document.paths)
      .filter(
        ([, item]) => !Object.values(item).some(({ operationId }) => own.has(operationId.split('_')[0]!)),
      )
      // A route without parameters goes before one with.
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([path, item]) => ({ pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), item }));
  }

  /** What is wrong with an answer, if anything is. Redirects and paths that are no route are not described. */
  objectionTo(method: string, path: string, { status, headers, body, text }: Answer): string | undefined {
    const [pathname] = path.split('?', 1);
    const found = this.operations.find(({ pattern }) => pattern.test(pathname!));
    const operation = found?.item[method.toLowerCase()];
    if (!operation || (status >= 300 && status < 400)) return undefined;
    const response =
      operation.responses[status] ?? (status >= 400 ? operation.responses['default'] : undefined);
    if (!response) return 'no such status';
    const mayBeEmpty = !response.content || 'application/x-ndjson' in response.content;
    if (text === '') return mayBeEmpty ? undefined : 'a body is missing';
    const [type] = (headers.get('content-type') ?? '').split(';', 1);
    const content = response.content?.[type!];
    if (!content) return `no body of ${type}`;
    if (type === 'application/x-ndjson')
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => this.mismatch(content, JSON.parse(line)))
        .find(Boolean);
    return type!.endsWith('json') ? this.mismatch(content, body) : undefined;
  }

  private mismatch({ schema }: Content, value: unknown): string | undefined {
    let check = this.checks.get(schema);
    if (!check) {
      check = this.ajv.compile(closed(absolute(schema)) as object);
      this.checks.set(schema, check);
    }
    return check(value) ? undefined : this.ajv.errorsText(check.errors);
  }
}

/** The same, with members that no schema names forbidden, where a schema does not allow for them. */
function closed(node: unknown): unknown {
  if (node === null || typeof node !== 'object') return node;
  if (Array.isArray(node)) return node.map(closed);
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  const { properties, type } = copy as { properties?: object; type?: unknown };
  // Problems may have members of their own (RFC 9457 §3.2).
  const isClosed = type === 'object' && properties !== undefined && !('instance' in properties);
  return isClosed ? { additionalProperties: false, ...copy } : copy;
}

/** References that are understood outside of the document too. */
function absolute(schema: Schema): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components'));
}

function controllersOf(module: Type): string[] {
  const controllers = (Reflect.getMetadata('controllers', module) ?? []) as Type[];
  const imports = ((Reflect.getMetadata('imports', module) ?? []) as unknown[]).filter(
    (each): each is Type => typeof each === 'function',
  );
  return [...controllers.map(({ name }) => name), ...imports.flatMap(controllersOf)];
}

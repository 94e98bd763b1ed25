import { Injectable, ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { MalformedRequest, ValidationFailed } from './http.errors.js';
import type { FieldError } from './problem.js';

const MAX_DEPTH = 10;
/** The rules of class-validator that say of what type a value is, the outermost first. */
const TYPES = ['isArray', 'isObject', 'isBoolean', 'isInt', 'isString'];

/**
 * Checks every body and query against its DTO. Unknown fields are refused, types are never converted, and what no
 * DTO could mean (deep nesting, NUL, half of a surrogate pair) is refused before a DTO sees it.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => new ValidationFailed(errors.flatMap((error) => fieldErrors(error))),
    });
  }

  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Made by our own decorators, on every request.
    if (metadata.type === 'custom') return value as Promise<unknown>;
    // Of the whole of it: a part that was asked for by name may be anything.
    if (metadata.type === 'body' && metadata.data === undefined) value = bodyObject(value);
    refuseUnreadable(value);
    const inherited = inheritedMembers(value);
    return inherited.length > 0
      ? this.refuseInherited(inherited, value, metadata)
      : super.transform(value, metadata);
  }

  /**
   * Names such as `toString`, which every object inherits: the whitelist would take them for known, and code that calls
   * them would fail. What else is wrong is said first, and a field that is wrong as a whole not for its members.
   */
  private async refuseInherited(paths: string[], value: unknown, metadata: ArgumentMetadata): Promise<never> {
    const others = await super.transform(withoutInherited(value), metadata).then(
      () => [],
      (error: unknown) => (error instanceof ValidationFailed ? error.errors! : []),
    );
    const own = paths
      .filter((path) => !others.some(({ field }) => path.startsWith(`${field}.`)))
      .map((path) => ({ field: path, message: `property ${path} should not exist` }));
    throw new ValidationFailed([...others, ...own]);
  }
}

/** A request without a body is one with an empty body, so that the DTO decides what is missing. */
function bodyObject(body: unknown): object {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body))
    throw new MalformedRequest('The body must be a JSON object.');
  return body;
}

function refuseUnreadable(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new MalformedRequest('The body is nested too deeply.');
    if (level.some((each) => typeof each === 'string' && (each.includes('\0') || !isWellFormed(each)))) {
      throw new MalformedRequest('The request holds a character that is not allowed.');
    }
    level = level.flatMap((each) =>
      each !== null && typeof each === 'object' ? [...Object.keys(each), ...Object.values(each)] : [],
    );
  }
}

function isInherited(name: string): boolean {
  // Nest drops the last one.
  return name in Object.prototype || name === 'prototype';
}

/** The paths of all members with such a name, but for those inside of one. */
function inheritedMembers(value: unknown, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) =>
    isInherited(name) ? [path + name] : inheritedMembers(member, `${path}${name}.`),
  );
}

function withoutInherited(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutInherited);
  const members = Object.entries(value).filter(([name]) => !isInherited(name));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutInherited(member)]));
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function fieldErrors(error: ValidationError, path = ''): FieldError[] {
  const field = path + error.property;
  const message = mostTelling(error.constraints ?? {});
  const own = message === undefined ? [] : [{ field, message }];
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
}

/** Of what is wrong with a value, that it is of another type or not there: the rest follows from that. */
function mostTelling(constraints: Record<string, string>): string | undefined {
  const name = TYPES.find((type) => type in constraints) ?? Object.keys(constraints)[0];
  return name && constraints[name];
}

import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { FieldError } from './problem.js';

/**
 * Checks what came in a document against a DTO, as the body of a request is.
 * @param at where in the document it stands, dotted
 */
export function checkedFields<T extends object>(
  type: new () => T,
  plain: object,
  at: string,
): { fields: T; errors: FieldError[] } {
  const fields = plainToInstance(type, plain);
  const errors = validateSync(fields, { whitelist: true, forbidNonWhitelisted: true });
  return { fields, errors: errors.flatMap((error) => errorsOf(error, at)) };
}

function errorsOf({ property, constraints, children }: ValidationError, at: string): FieldError[] {
  const field = `${at}.${property}`;
  return [
    ...Object.values(constraints ?? {}).map((message) => ({ field, message })),
    ...(children ?? []).flatMap((child) => errorsOf(child, field)),
  ];
}

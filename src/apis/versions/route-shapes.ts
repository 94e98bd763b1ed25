import type { CreateRoute } from './routes.dto.js';

/** A route to be, by the name that its document has for it. */
export interface NamedRoute {
  name: string;
  fields: CreateRoute;
}

/** What tells a route from others of its version. */
interface ToldApart {
  name: string;
  fields: Pick<CreateRoute, 'methods' | 'path' | 'operationId'>;
}

/** A path without the names of its parameters, by which paths are told apart. */
export function shapeOf(path: string): string {
  return path.replaceAll(/:[A-Za-z]\w*/g, ':').replace(/(.)\/$/, '$1');
}

/** Of routes of one version, those that answer the same requests, or have one operationId; both are named. */
export function duplicates(routes: ToldApart[]): string[] {
  const errors: string[] = [];
  const byRequest = new Map<string, string>();
  const byId = new Map<string, string>();
  for (const { name, fields } of routes) {
    const { methods, path, operationId } = fields;
    for (const method of methods) {
      const request = `${method} ${shapeOf(path)}`;
      const rival = byRequest.get(request);
      if (rival !== undefined) errors.push(`${name} would answer what ${rival} does`);
      else byRequest.set(request, name);
    }
    if (operationId === undefined || operationId === null) continue;
    const namesake = byId.get(operationId);
    if (namesake !== undefined) errors.push(`${name} has the operationId of ${namesake}`);
    else byId.set(operationId, name);
  }
  return errors;
}

import type { ApiDocument, GatewayDocument } from '../../../../src/apis/gateway/gateway-document.types.js';

/** A published table, as it may be read. */
export interface Shown {
  upstreams: (Omit<GatewayDocument['upstreams'][number], 'tlsSealed'> & { hasTls: boolean })[];
  apis: ApiDocument[];
}

/** A row of a table that is not as it was. */
export interface Change {
  kind: 'added' | 'removed' | 'changed';
  /** Such as `https://items.example v1 GET /things/:thing`. */
  name: string;
  /** What changed in it; nothing for a row that came or went. */
  fields: { field: string; before: string | undefined; after: string | undefined }[];
}

/** The fields of a row by their names. */
type Row = ReadonlyMap<string, string>;

export const EMPTY: Shown = { upstreams: [], apis: [] };

/** What is different between two published tables, by name. */
export function changesOf(before: Shown, after: Shown): Change[] {
  const [olds, news] = [rowsOf(before), rowsOf(after)];
  return [...new Set([...olds.keys(), ...news.keys()])]
    .toSorted()
    .flatMap((id) => changeOf(olds.get(id), news.get(id)));
}

interface Named {
  name: string;
  row: Row;
}

function changeOf(before: Named | undefined, after: Named | undefined): Change[] {
  if (!before) return [{ kind: 'added', name: after!.name, fields: [] }];
  if (!after) return [{ kind: 'removed', name: before.name, fields: [] }];
  const names = [...new Set([...before.row.keys(), ...after.row.keys()])];
  const fields = names
    .map((field) => ({ field, before: before.row.get(field), after: after.row.get(field) }))
    .filter((each) => each.before !== each.after);
  return fields.length > 0 ? [{ kind: 'changed', name: after.name, fields }] : [];
}

/** Upstreams, APIs, versions and routes, each by its id. */
function rowsOf({ upstreams, apis }: Shown): Map<string, Named> {
  const rows = new Map<string, Named>();
  for (const { id, ...upstream } of upstreams) rows.set(`1 ${id}`, named(upstream.name, upstream));
  for (const { id, versions, ...api } of apis) {
    rows.set(`2 ${id}`, named(api.identifier, api));
    for (const { id: versionId, routes, ...version } of versions) {
      const place = `${api.identifier} ${version.label}`;
      rows.set(`2 ${id} ${versionId}`, named(place, version));
      for (const { id: routeId, ...route } of routes)
        rows.set(
          `2 ${id} ${versionId} ${routeId}`,
          named(`${place} ${route.methods.join(' ')} ${route.path}`, route),
        );
    }
  }
  return rows;
}

function named(name: string, fields: object): Named {
  return { name, row: new Map(Object.entries(fields).map(([field, value]) => [field, shown(value)])) };
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

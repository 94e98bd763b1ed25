const { PATH: MATRIX, withRoutes } = require('./access-matrix.js');
const { refuse, textOf } = require('./refusal.js');

const OPTIONS = 'src/platform/database/database.options.ts';
const ORDER = 'src/app.order.ts';
const ENDINGS = 'src/app.endings.ts';

/** The places next to its own files that name a feature, and how it is put in. */
exports.LISTS = [
  { path: 'src/app.module.ts', edit: intoAppModule },
  { path: ORDER, edit: intoOrder },
  { path: ENDINGS, edit: intoEndings },
  { path: OPTIONS, edit: intoMigrations },
  { path: MATRIX, edit: intoMatrix },
];

/** A time for a migration that is later than those of all others. */
exports.migrationAfter = (tree, now) => {
  const others = textOf(tree, OPTIONS).matchAll(/\/migrations\/(\d{13})-/g);
  return Math.max(now, ...[...others].map(([, time]) => Number(time) + 1000));
};

function intoAppModule(text, { plural, Plural }) {
  const file = 'src/app.module.ts';
  const listed = intoList(text, {
    file,
    list: /@Module\(\{[^]*?imports: \[([^\]]*)\]/d,
    looksLike: '"@Module({ … imports: [ … ]"',
    item: `${Plural}Module`,
  });
  return withImport(listed, file, `${Plural}Module`, `./features/${plural}/${plural}.module.js`);
}

function intoOrder(text, { plural }) {
  return intoList(text, {
    file: ORDER,
    list: /features: \[([^\]]*)\]/d,
    looksLike: '"features: [ … ]"',
    item: `'${plural}'`,
  });
}

function intoEndings(text, { table }) {
  return intoList(text, {
    file: ENDINGS,
    list: /export const ENDINGS: readonly Ending\[\] = \[([^\]]*)\]/d,
    looksLike: '"export const ENDINGS: readonly Ending[] = [ … ]"',
    item: `endsWithAccount('${table}')`,
  });
}

function intoMigrations(text, { plural, Plural, timestamp }) {
  const listed = intoList(text, {
    file: OPTIONS,
    list: /export const migrations = \[([^\]]*)\]/d,
    looksLike: '"export const migrations = [ … ]"',
    item: `${Plural}${timestamp}`,
  });
  return withImport(listed, OPTIONS, `${Plural}${timestamp}`, `./migrations/${timestamp}-${plural}.js`);
}

function intoMatrix(text, { plural, Plural }) {
  const path = `/v1/${plural}`;
  const route = (method, end, right, handler) => ({
    method,
    path: path + end,
    access: `scopes: ${plural}:${right}`,
    handler: `${Plural}Controller.${handler}`,
  });
  return withRoutes(text, [
    route('GET', '', 'read', 'list'),
    route('POST', '', 'write', 'create'),
    route('GET', '/:id', 'read', 'get'),
    route('PATCH', '/:id', 'write', 'change'),
    route('DELETE', '/:id', 'write', 'remove'),
  ]);
}

/** Puts an item last. */
function intoList(text, { file, list, looksLike, item }) {
  const found = list.exec(text);
  if (!found) refuse(`${file} has no ${looksLike}`);
  const [start, end] = found.indices[1];
  const items = text.slice(start, end);
  const at = (word) => items.search(new RegExp(`(?<![\\w'])${word.replaceAll(/[()]/g, '\\$&')}(?![\\w'])`));
  if (at(item) >= 0) refuse(`${file} lists ${item} already: take it out`);
  const separator = items.trim() === '' || items.trimEnd().endsWith(',') ? '' : ',';
  return `${text.slice(0, start)}${items.trimEnd()}${separator}\n${item},\n${text.slice(end)}`;
}

/** Imports stand in the order of their paths. */
function withImport(text, file, name, path) {
  const imports = [...text.matchAll(/^import [^;]*? from '(\.[^']*)';/gm)];
  const last = imports.at(-1);
  if (!last) refuse(`${file} imports nothing from '.…'`);
  const line = `import { ${name} } from '${path}';`;
  const next = imports.find(([, other]) => other > path);
  if (next) return `${text.slice(0, next.index)}${line}\n${text.slice(next.index)}`;
  const end = last.index + last[0].length;
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

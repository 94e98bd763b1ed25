const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const words = (text) => new Set(text.trim().split(/\s+/));

/** ECMA-262 §12.7.2, in strict mode, and what cannot be a variable either. */
exports.JAVASCRIPT = words(`
  arguments async await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof undefined var void while with yield`);

/** What PostgreSQL 17 or SQLite 3 do not take for a table without quotes. */
exports.SQL = words(`
  add all alter analyse analyze and any array as asc asymmetric authorization autoincrement between binary both case
  cast check collate collation column commit concurrently constraint create cross current_catalog current_date
  current_role current_schema current_time current_timestamp current_user default deferrable delete desc distinct do
  drop else end escape except exists false fetch for foreign freeze from full grant group having ilike in index
  initially inner insert intersect into is isnull join lateral leading left like limit localtime localtimestamp natural
  not nothing notnull null offset on only or order outer overlaps placing primary references returning right select
  session_user set similar some symmetric table tablesample then to trailing transaction true union unique update user
  using values variadic verbose when where window with`);

/** What a generated service or controller has by this name already, and an export of an account. */
exports.MEMBERS = words(`
  audit change commit constructor create cursors database event get list onModuleInit ownedBy pendingConfirmations
  personalData remove`);

/** What generated files import, and types that they use: the class of a feature `posts` is called PostEntity. */
exports.IN_SCOPE = new Set(['Partial', 'Record', ...importedBy(join(__dirname, 'files/src'))]);

function importedBy(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').replaceAll(/<%=.*?%>\w*/g, ''))
    .flatMap((text) => [...text.matchAll(/^import (?:type )?\{([^}]*)\}/gm)])
    .flatMap(([, names]) => names.match(/\w+/g) ?? []);
}

const { strings } = require('@angular-devkit/schematics');
const pluralize = require('pluralize');
const { runInNewContext } = require('node:vm');
const { refuse } = require('./refusal.js');
const { IN_SCOPE, JAVASCRIPT, MEMBERS, SQL } = require('./reserved-words.js');

/** The name stands in scopes, tables, constraints and files. */
const MAX_LENGTH = 40;
/** `audit_events.target_kind` holds no more. */
const MAX_KIND_LENGTH = 16;
const WORDS = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const BUILT_IN = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)'));

/**
 * Every form of a name that a template needs.
 * @param {{ name?: string, singular?: string }} options
 * @throws SchematicsException, in one line
 */
exports.namesOf = ({ name = '', singular }) => {
  if (name === '') refuse('say what there will be many of, such as: npm run g feature expense-reports');
  refuseMisspelt('the name', name, MAX_LENGTH);
  refuseReserved(name);
  const one = singular ?? pluralize.singular(name);
  refuseMisspelt('the singular', one, MAX_LENGTH);
  const kind = strings.underscore(one);
  if (kind.length > MAX_KIND_LENGTH) {
    refuse(
      `"${one}" has more than ${MAX_KIND_LENGTH} characters; say something shorter: -- --singular=<word>`,
    );
  }
  return formsOf(name, one, kind);
};

/** @throws SchematicsException unless the name is a plural, or it was said what one of them is */
exports.refuseSingular = ({ name, singular }) => {
  if (singular !== undefined || pluralize.isPlural(name)) return;
  const plural = pluralize.plural(name);
  refuse(`"${name}" is not a plural: say ${plural}, or add -- --singular=${name} if it is right`);
};

function formsOf(plural, singular, kind) {
  const word = singular.replaceAll('-', ' ');
  const words = plural.replaceAll('-', ' ');
  const a = /^[aeiou]/.test(word) ? 'an' : 'a';
  const Singular = strings.classify(singular);
  return {
    plural,
    singular,
    Plural: strings.classify(plural),
    Singular,
    Entity: BUILT_IN.has(Singular) || IN_SCOPE.has(Singular) ? `${Singular}Entity` : Singular,
    plurals: strings.camelize(plural),
    table: strings.underscore(plural),
    kind,
    word,
    words,
    Words: strings.capitalize(words),
    a,
    A: strings.capitalize(a),
  };
}

function refuseMisspelt(what, text, max) {
  // Cut, quoted and in ASCII, for it may be anything.
  const shown = JSON.stringify(text.slice(0, max)).replaceAll(/[^ -~]/g, '?');
  if (text.length > max) refuse(`${what} ${shown}... has more than ${max} characters`);
  if (!WORDS.test(text)) {
    refuse(`${what} ${shown} is not lower-case words joined by dashes, such as expense-reports`);
  }
}

function refuseReserved(name) {
  const [variable, table] = [strings.camelize(name), strings.underscore(name)];
  const why =
    (JAVASCRIPT.has(variable) && 'is a reserved word of JavaScript') ||
    (SQL.has(table) && 'is a reserved word of SQL') ||
    (/^(sqlite|pg)_/.test(table) && 'begins like what belongs to the database') ||
    (MEMBERS.has(variable) && 'is what its own code uses for something else');
  if (why) refuse(`"${name}" ${why}; take another name`);
}

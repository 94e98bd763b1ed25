import ts from 'typescript';
import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { classesOf, commentOf, parse, prose, row } from './source.js';

/** One class of errors that callers are told of. */
export interface DocumentedError {
  name: string;
  /** The errors file it stands in. */
  path: string;
  statuses: string[];
  /** Empty for one that passes on another problem, and so has none of its own. */
  code: string;
  when: string;
  mend: string;
}

/** Every subclass of `Problem` in an errors file. @throws Error where one cannot be read or has no comment */
export function documentedErrors(): DocumentedError[] {
  return errorFiles().flatMap((path) =>
    classesOf(parse(path))
      .filter(isProblem)
      .map((declared) => documented(path, declared)),
  );
}

/** The table of docs/errors.md: a row for each code. */
export function errorsTable(): string {
  const all = documentedErrors().filter(({ code }) => code !== '');
  const codes = [...new Set(all.map(({ code }) => code))].toSorted();
  const rows = codes.map((code) => {
    const errors = all.filter((each) => each.code === code);
    return row(
      `\`${code}\``,
      [...new Set(errors.flatMap(({ statuses }) => statuses))].join(', '),
      [...new Set(errors.map(({ path }) => `[${path.split('/')[1]}](../${path})`))].join(', '),
      errors.map(({ when }) => prose(when)).join('<br>'),
      errors.map(({ mend }) => prose(mend)).join('<br>'),
    );
  });
  const heads = row('code', 'status', 'from', 'when', 'what the answer says, and how to mend it');
  return heads + row('---', '---', '---', '---', '---') + rows.join('');
}

/** The files in which features declare their errors. */
export function errorFiles(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.errors.ts'))
    .map((name) => posix.join('src', name))
    .toSorted();
}

function isProblem(declared: ts.ClassDeclaration): boolean {
  const base = declared.heritageClauses?.[0]?.types[0]?.expression.getText();
  return base === 'Problem' || base === 'OAuthProblem';
}

/** For messages that the one who throws words for the case at hand. */
const SAYS_ITSELF = 'The answer says what is wrong.';

function documented(path: string, declared: ts.ClassDeclaration & { name: ts.Identifier }): DocumentedError {
  const name = declared.name.text;
  const cannot = (why: string) => new Error(`${path}: ${name} ${why}`);
  const { text: when } = commentOf(declared);
  if (!when) throw cannot('needs a comment that says when it comes');
  const [status, code, detail] = superArgumentsOf(declared);
  if (!status || !code || !detail) throw cannot('must call super(status, code, detail, …)');
  if (passesOn(code)) return { name, path, statuses: [], code: '', when, mend: '' };
  const literal = parameterOf(declared, code)?.initializer ?? code;
  if (!ts.isStringLiteral(literal)) throw cannot('must have its code as a string');
  return {
    name,
    path,
    statuses: statusesOf(status, declared),
    code: literal.text,
    when,
    mend: mendOf(detail, declared),
  };
}

/** `why.code`, of a problem that the constructor was given. */
function passesOn(code: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(code) && code.name.text === 'code';
}

function superArgumentsOf(declared: ts.ClassDeclaration): readonly ts.Expression[] {
  const made = declared.members.find(ts.isConstructorDeclaration);
  const calls = [...(made?.body?.statements ?? [])]
    .filter(ts.isExpressionStatement)
    .map(({ expression }) => expression)
    .filter(ts.isCallExpression);
  return calls.find(({ expression }) => expression.kind === ts.SyntaxKind.SuperKeyword)?.arguments ?? [];
}

/** `401`, or the values that the parameter of this name may have: `400 | 401`. */
function statusesOf(status: ts.Expression, declared: ts.ClassDeclaration): string[] {
  return (parameterOf(declared, status)?.type ?? status)
    .getText()
    .split('|')
    .map((each) => each.trim());
}

function mendOf(detail: ts.Expression, declared: ts.ClassDeclaration): string {
  const parameter = parameterOf(declared, detail);
  if (parameter) return parameter.initializer ? textOf(parameter.initializer) : SAYS_ITSELF;
  return textOf(detail);
}

/** The parameter of the constructor that an argument passes on. */
function parameterOf(declared: ts.ClassDeclaration, argument: ts.Expression) {
  const made = declared.members.find(ts.isConstructorDeclaration);
  return made?.parameters.find(({ name }) => name.getText() === argument.getText());
}

/** The text of a message, with `…` for what is put in. */
function textOf(message: ts.Expression): string {
  if (ts.isStringLiteralLike(message)) return message.text;
  if (ts.isConditionalExpression(message)) return `${textOf(message.whenTrue)} ${textOf(message.whenFalse)}`;
  if (!ts.isTemplateExpression(message)) throw new Error(`cannot read the message ${message.getText()}`);
  return message.head.text + message.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

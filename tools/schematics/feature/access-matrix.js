const { refuse, textOf } = require('./refusal.js');

const PATH = 'test/platform/access/access-matrix.txt';
const FORM = /^(?<method>[A-Z]+) +(?<path>\/\S*) +(?<access>\S.*?) {2,}(?<handler>\S+)$/;

/** Every route of the committed matrix: `{ method, path, access, handler }`. */
exports.routesOf = (tree) => parsed(textOf(tree, PATH));

/** The matrix with more routes, as `npm run routes` prints it. */
exports.withRoutes = (text, routes) => {
  const all = [...parsed(text), ...routes].toSorted(
    (a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method),
  );
  const rows = all.map(({ method, path, access, handler }) => [method, path, access, handler]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${lines.join('\n')}\n`;
};

exports.PATH = PATH;

function parsed(text) {
  const lines = text.trimEnd().split('\n');
  return lines.map((line, index) => {
    const { groups } = FORM.exec(line) ?? {};
    if (!groups)
      refuse(`${PATH}:${index + 1} has no "method  path  access  handler": run npm run -s routes > ${PATH}`);
    return groups;
  });
}

const { routesOf } = require('./access-matrix.js');
const { refuse } = require('./refusal.js');

/** What `test/architecture.spec.ts` takes for drawers; the spec of the generator compares them. */
const DRAWERS = ['common', 'shared', 'utils', 'util', 'helpers', 'lib'];
exports.DRAWERS = DRAWERS;

/** @throws SchematicsException when a name means something here already, saying what */
exports.refuseTaken = (names, tree) => {
  const taken =
    drawer(names) ?? folder(names, tree) ?? page(names, tree) ?? route(names, tree) ?? declared(names, tree);
  if (taken) refuse(`"${names.plural}" is taken: ${taken}`);
};

function drawer({ plural }) {
  return DRAWERS.includes(plural) ? 'a drawer for what has no place is no feature' : undefined;
}

/** Every wing and every room of a wing: two rooms of one name would be mistaken for each other. */
function folder({ plural }, tree) {
  return ['src', 'test']
    .flatMap((root) => [root, ...tree.getDir(root).subdirs.map((wing) => `${root}/${wing}`)])
    .map((parent) => `${parent}/${plural}`)
    .filter((path) => tree.getDir(path).subfiles.length + tree.getDir(path).subdirs.length > 0)
    .map((path) => `there is a folder ${path}`)[0];
}

function page({ plural }, tree) {
  const path = `web/features/${plural}.tsx`;
  return tree.exists(path) ? `there is a page ${path}` : undefined;
}

function route({ plural }, tree) {
  return routesOf(tree)
    .filter(
      ({ path, access }) =>
        `${path}/`.startsWith(`/v1/${plural}/`) ||
        access.split(/[ ,]+/).some((word) => word.startsWith(`${plural}:`)),
    )
    .map(({ method, path, access }) => `there is ${method} ${path} (${access})`)[0];
}

/** Tables are named by their entities; two classes of one name would be one schema in the OpenAPI document. */
function declared({ table, Plural, Singular, Entity }, tree) {
  const ours = [Entity, `Create${Singular}`, `Change${Singular}`, `${Singular}Response`, `${Singular}Fields`];
  ours.push(...['Module', 'Service', 'Controller'].map((role) => Plural + role));
  if (table === 'migrations') return 'it is the table of what TypeORM has applied';
  const found = [];
  tree.getDir('src').visit((path) => {
    if (!path.endsWith('.ts')) return;
    const text = tree.readText(path);
    const [, name] = new RegExp(`\\bclass (${ours.join('|')})\\b`).exec(text) ?? [];
    if (name) found.push(`there is a class ${name} in ${path.slice(1)}`);
    if (text.includes(`@Entity('${table}'`)) found.push(`there is a table ${table}, of ${path.slice(1)}`);
  });
  return found[0];
}

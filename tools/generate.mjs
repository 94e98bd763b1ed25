// `npm run g feature <name>`: runs the collection in tools/schematics, and says what it did and what comes next.
import { SchematicsException } from '@angular-devkit/schematics';
import { NodeWorkflow } from '@angular-devkit/schematics/tools/index.js';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = 'Usage: npm run g feature <name in the plural> [-- [--singular=<word>] [--dry-run]]';

/** npm takes flags without `--` before them for its own, and leaves them in the environment. */
function asked() {
  const { npm_config_dry_run: dryRun, npm_config_singular: singular } = process.env;
  const { values, positionals } = parsed();
  const [schematic, name, ...more] = positionals;
  if (values.help) return {};
  if (schematic !== 'feature') throw new SchematicsException(USAGE);
  if (more.length > 0)
    throw new SchematicsException(`one name is enough: what is ${JSON.stringify(more[0])}? ${USAGE}`);
  return {
    isDryRun: values['dry-run'] ?? dryRun === 'true',
    options: { name: name ?? '', singular: values.singular ?? singular },
  };
}

function parsed() {
  const options = { 'dry-run': { type: 'boolean' }, singular: { type: 'string' }, help: { type: 'boolean' } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    // Node goes on to tell how an argument could begin with a dash.
    throw new SchematicsException(`${error.message.split(/\.\s/)[0]}. ${USAGE}`);
  }
}

async function generate(isDryRun, options) {
  const workflow = new NodeWorkflow(ROOT, { dryRun: isDryRun, resolvePaths: [ROOT] });
  const files = { create: [], update: [] };
  workflow.reporter.subscribe(({ kind, path }) => files[kind]?.push(path.replace(/^\//, '')));
  const feature = { collection: 'gatehouse-schematics', schematic: 'feature', options };
  await new Promise((resolve, reject) =>
    workflow.execute(feature).subscribe({ error: reject, complete: resolve }),
  );
  return files;
}

const listed = (paths) => paths.map((path) => `  ${path}`).join('\n');

function report(name, { create, update }, isDryRun) {
  return `${isDryRun ? 'Nothing was written. These files would be new:' : 'New:'}
${listed(create)}
${isDryRun ? 'These would name it:' : 'Named in:'}
${listed(update)}

Next:
  npx vitest run test/features/${name} test/architecture.spec.ts test/platform/access test/platform/database/drift.spec.ts
  Say what they are: title and description stand in the entity, controller, service, migration and spec.
  Let people in: admins hold ${name}:read and ${name}:write; others once a role has them (PATCH /v1/roles/user).
  docs/modules.md tells more, and how a feature is removed.
`;
}

try {
  const { isDryRun, options } = asked();
  const said = options ? report(options.name, await generate(isDryRun, options), isDryRun) : `${USAGE}\n`;
  process.stdout.write(said);
} catch (error) {
  const isExpected = error instanceof SchematicsException;
  process.stderr.write(`${isExpected ? error.message.split('\n')[0] : error.stack}\n`);
  process.exitCode = 1;
}

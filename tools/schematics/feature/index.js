const { apply, applyTemplates, chain, mergeWith, url } = require('@angular-devkit/schematics');
const prettier = require('prettier');
const { namesOf, refuseSingular } = require('./names.js');
const { LISTS, migrationAfter } = require('./lists.js');
const { refuse, textOf } = require('./refusal.js');
const { refuseTaken } = require('./taken.js');

/**
 * Writes a feature and puts it into the lists. All that is in the way is found before anything is written.
 * @param {{ name?: string, singular?: string }} options
 */
exports.feature = (options) => (tree) => {
  const names = namesOf(options);
  refuseTaken(names, tree);
  refuseSingular(options);
  const feature = { ...names, timestamp: migrationAfter(tree, Date.now()) };
  return chain([
    mergeWith(apply(url('./files'), [applyTemplates(feature)])),
    ...LISTS.map(({ path, edit }) => edited(path, (text) => edit(text, feature))),
    formatted,
  ]);
};

const edited = (path, edit) => (tree) => tree.overwrite(path, edit(textOf(tree, path)));

/** How long a line is depends on the name, so prettier has the last word on every file. */
async function formatted(tree) {
  const style = JSON.parse(textOf(tree, '.prettierrc'));
  for (const { path, content } of tree.actions.filter((action) => /\.tsx?$/.test(action.path))) {
    const options = { ...style, filepath: path };
    const text = await prettier.format(content.toString(), options).catch(({ message }) => {
      refuse(`${path.slice(1)} is not TypeScript: ${message.split('\n')[0]}`);
    });
    tree.overwrite(path, text);
  }
}

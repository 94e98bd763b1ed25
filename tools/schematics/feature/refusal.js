const { SchematicsException } = require('@angular-devkit/schematics');

/** @throws SchematicsException, always. The tree is written as a whole or not at all, so this is true wherever it is said. */
exports.refuse = (reason) => {
  throw new SchematicsException(`${reason}; nothing was written`);
};

/** The text of a file that must be there. */
exports.textOf = (tree, path) => {
  if (!tree.exists(path)) exports.refuse(`there is no ${path} here`);
  return tree.readText(path);
};

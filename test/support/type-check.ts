import ts from 'typescript';
import { dirname, resolve } from 'node:path';

/** A file that is not there, at the path at which it would be. */
export interface ImaginedFile {
  path: string;
  text: string;
}

/** What the compiler says of them, with the project's own options, as if they were in the tree. */
export function typeErrorsIn(files: ImaginedFile[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x'] }, ts.sys, '.');
  const texts = new Map(files.map(({ path, text }) => [resolve(path), text]));
  const folders = new Set([...texts.keys()].map((path) => dirname(path)));
  const host = ts.createCompilerHost(options);
  const real = { ...host };
  host.fileExists = (path) => texts.has(resolve(path)) || real.fileExists(path);
  host.readFile = (path) => texts.get(resolve(path)) ?? real.readFile(path);
  host.directoryExists = (path) => folders.has(resolve(path)) || real.directoryExists!(path);
  host.getSourceFile = (path, version) => {
    const text = texts.get(resolve(path));
    return text === undefined ? real.getSourceFile(path, version) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText, start }) => {
      const line = start === undefined ? 0 : file!.getLineAndCharacterOfPosition(start).line + 1;
      return `${path}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

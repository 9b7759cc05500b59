/**
 * Fails when a TypeScript example of a README or of docs/ does not compile against the built packages. A block that imports
 * nothing is a fragment of a program: it may use the names of the prelude.
 */

import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { pages, root } from './pages.mjs';

const prelude = `import { openPicture, Vultus, type Collection, type Engine, type Faceprint } from 'vultus';
declare const vultus: Engine, staff: Collection, probe: Faceprint;
declare const bytes: Uint8Array, frame: Uint8Array, url: string;
`;

/** Each example as a module of its own, beside the page that it stands on. */
const snippets = new Map();
for (const page of pages) {
  const text = readFileSync(root + page, 'utf8');
  for (const { 1: code, index } of text.matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
    const line = text.slice(0, index).split('\n').length;
    const isFragment = !/^import /m.test(code);
    snippets.set(`${root}${page}.${line}.ts`, {
      page,
      line,
      code: `${isFragment ? prelude : ''}${code}\nexport {};\n`,
      isFragment,
    });
  }
}

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (path) => snippets.has(path) || fileExists(path);
host.readFile = (path) => snippets.get(path)?.code ?? readFile(path);
host.getSourceFile = (path, language, ...rest) => {
  const snippet = snippets.get(path);
  return snippet ? ts.createSourceFile(path, snippet.code, language) : getSourceFile(path, language, ...rest);
};

const problems = ts.getPreEmitDiagnostics(ts.createProgram([...snippets.keys()], options, host));
for (const { file, start = 0, messageText } of problems) {
  const { page, line, isFragment } = snippets.get(file?.fileName) ?? { page: file?.fileName ?? '', line: 0 };
  const within = file
    ? file.getLineAndCharacterOfPosition(start).line + 1 - (isFragment ? prelude.split('\n').length - 1 : 0)
    : 0;
  console.error(`${page}:${line + within}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}
if (problems.length > 0) {
  console.error(`\n${problems.length} mistakes in the examples of the documentation`);
  process.exit(1);
}
console.log(`snippets: ${snippets.size} examples compile`);

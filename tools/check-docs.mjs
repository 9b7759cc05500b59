/** The doc gate: every symbol that a package entry exports has a doc block, and every source file opens with a sentence. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const entries = ['packages/vultus/src/node.ts', 'packages/vultus/src/browser.ts', 'eval/src/index.ts'].map((path) =>
  join(root, path),
);
const folders = [
  'packages/vultus/src',
  'packages/models/src',
  'packages/cli/src',
  'training/src',
  'eval/src',
  'bench/src',
];

const problems = [];
let symbols = 0;
checkHeads();
checkExports();

if (problems.length > 0) {
  console.error(problems.join('\n'));
  console.error(`\n${problems.length} places without documentation`);
  process.exit(1);
}
console.log(`docs: ${symbols} public symbols and members documented`);

function checkHeads() {
  for (const folder of folders) {
    for (const file of sources(join(root, folder))) {
      if (!/^(#!.*\n)?\/\*\*/.test(readFileSync(file, 'utf8'))) {
        problems.push(`${relative(root, file)}: does not open with a block comment that says what it is for`);
      }
    }
  }
}

function checkExports() {
  const configPath = join(root, 'packages/vultus/tsconfig.json');
  const { config } = ts.readConfigFile(configPath, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configPath));
  const program = ts.createProgram(entries, { ...options, composite: false, noEmit: true, rootDir: root });
  const checker = program.getTypeChecker();
  const seen = new Set();
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
    if (module === undefined) continue;
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      if (seen.has(target)) continue;
      seen.add(target);
      checkSymbol(target, symbol.name);
    }
  }
}

function checkSymbol(symbol, name) {
  const declarations = (symbol.declarations ?? []).filter(
    (node) => !node.getSourceFile().fileName.includes('node_modules'),
  );
  if (declarations.length === 0) return;
  symbols++;
  if (!declarations.some(hasDoc)) report(declarations[0], name);
  for (const node of declarations) {
    if (!ts.isClassDeclaration(node)) continue;
    for (const member of node.members) {
      const isPublicMethod =
        (ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) && !ts.isPrivateIdentifier(member.name);
      const isHidden = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
      if (!isPublicMethod || isHidden) continue;
      symbols++;
      if (!hasDoc(member)) report(member, `${name}.${member.name.getText()}`);
    }
  }
}

function hasDoc(node) {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return ts.getJSDocCommentsAndTags(holder).some((doc) => ts.isJSDoc(doc) && doc.getText().length > 8);
}

function report(node, name) {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  problems.push(`${relative(root, file.fileName)}:${line + 1}: ${name} is exported without a doc block`);
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.ts$/.test(entry.name) && !/\.d\.ts$/.test(entry.name)) yield path;
  }
}

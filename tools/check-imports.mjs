/** Enforces the architecture: a room of the SDK imports only rooms before it, apps import only package entries, no cycles. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sdk = join(root, 'packages/vultus/src');

/** What each room may import besides itself; `''` is the folder's top: errors.ts and, for the entries, everything. */
const rooms = {
  face: [],
  image: [],
  runtime: [],
  model: ['runtime'],
  detect: ['face', 'image', 'runtime', 'model', 'align'],
  align: ['face', 'image', 'model'],
  task: ['face', 'image', 'runtime', 'model', 'align'],
  scene: ['face', 'image', 'runtime', 'model', 'detect', 'align', 'task'],
  liveness: ['face', 'image', 'runtime', 'model', 'align', 'task'],
  track: ['face', 'image'],
  gallery: ['face', 'runtime'],
  video: ['face', 'image', 'runtime', 'track', 'liveness', 'gallery'],
};

/** Top-level files that see every room. */
const assemblers = new Set(['engine.ts', 'common.ts', 'node.ts', 'browser.ts']);

const problems = [];
const graph = new Map();
for (const file of sources(sdk)) checkSdkFile(file);
for (const app of ['packages/models/src', 'packages/cli/src', 'training/src', 'eval/src', 'bench/src']) {
  for (const file of sources(join(root, app))) checkAppFile(file, join(root, app));
}
for (const cycle of cycles()) problems.push(`cycle: ${cycle.map((file) => relative(root, file)).join(' → ')}`);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  console.error(`\n${problems.length} imports against the architecture (docs/architecture.md)`);
  process.exit(1);
}
console.log(`imports: ${graph.size} files keep to the architecture, no cycles`);

function checkSdkFile(file) {
  const from = relative(sdk, file).split(sep);
  const isTest = /\.(test|contract)\.ts$/.test(file) || from[0] === 'testing';
  for (const { specifier, typeOnly } of imports(file)) {
    if (!specifier.startsWith('.')) {
      if (specifier.startsWith('@vultus/') && !isTest) report(file, specifier, 'the SDK imports no app');
      continue;
    }
    const target = resolve(dirname(file), specifier);
    if (!typeOnly) graph.set(file, [...(graph.get(file) ?? []), target]);
    const to = relative(sdk, target).split(sep);
    if (to[0] === '..') report(file, specifier, 'the SDK imports nothing outside its folder');
    if (isTest || (from.length === 1 && assemblers.has(from[0]))) continue;
    if (to.length === 1 || from[0] === to[0]) {
      if (assemblers.has(to[0])) report(file, specifier, 'a room does not import the engine or the entries');
      continue;
    }
    if (to[0] === 'testing') report(file, specifier, 'only tests import testing/');
    const allowed = rooms[from[0]];
    if (allowed === undefined && from.length > 1)
      report(file, specifier, `room ${from[0]} is not in the table of tools/check-imports.mjs`);
    else if (!allowed?.includes(to[0]))
      report(file, specifier, `room ${from[0] ?? ''} may import ${allowed?.join(', ') || 'no other room'}`);
  }
  if (!graph.has(file)) graph.set(file, []);
}

function checkAppFile(file, app) {
  for (const { specifier, typeOnly } of imports(file)) {
    if (!specifier.startsWith('.')) continue;
    const target = resolve(dirname(file), specifier);
    if (!typeOnly) graph.set(file, [...(graph.get(file) ?? []), target]);
    if (relative(app, target).startsWith('..')) report(file, specifier, 'an app imports packages by name, not by path');
  }
  if (!graph.has(file)) graph.set(file, []);
}

function report(file, specifier, why) {
  problems.push(`${relative(root, file)}: "${specifier}": ${why}`);
}

/** Module specifiers of a file with whether only types come from them. */
function imports(file) {
  const found = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const clause = ts.isImportDeclaration(node) ? node.importClause : node;
      const names = clause?.namedBindings?.elements ?? clause?.exportClause?.elements;
      const allTypes = names?.length > 0 && names.every((name) => name.isTypeOnly) && !clause.name;
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: Boolean(clause?.isTypeOnly || allTypes) });
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      // A dynamic import is lazy: it may close a circle without harm.
      if (argument && ts.isStringLiteralLike(argument)) found.push({ specifier: argument.text, typeOnly: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) yield path;
  }
}

/** Circles of value imports, each reported once. */
function cycles() {
  const state = new Map();
  const found = [];
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) if (graph.has(target)) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

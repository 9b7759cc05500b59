/** Reads a TFJS GraphModel file into nodes in topological order, with its inputs and named outputs. */
import type { WeightGroup } from './weights.ts';

/** An attribute value as the JSON has it. */
interface RawAttribute {
  readonly i?: string | number;
  readonly f?: number;
  readonly b?: boolean;
  readonly s?: string;
  readonly type?: string | number;
  readonly list?: {
    readonly i?: readonly (string | number)[];
    readonly s?: readonly string[];
    readonly f?: readonly number[];
  };
  readonly shape?: { readonly dim?: readonly { readonly size: string | number }[] };
}

interface RawNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, RawAttribute>>;
}

interface RawSignature {
  readonly outputs?: Readonly<Record<string, { readonly name: string }>>;
}

/** The content of a TFJS `model.json` of format graph-model. */
export interface GraphModelJson {
  readonly modelTopology: { readonly node: readonly RawNode[] };
  readonly weightsManifest: readonly WeightGroup[];
  readonly signature?: RawSignature;
  readonly userDefinedMetadata?: { readonly signature?: RawSignature };
}

/** Output `index` of node `node`. */
export interface Reference {
  readonly node: string;
  readonly index: number;
}

/** One operation. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Reference[];
  readonly attributes: Attributes;
}

/** A graph ready to convert: every node after those it reads. */
export interface SourceGraph {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly { readonly name: string; readonly from: Reference }[];
  /** How many inputs and graph outputs read each node. */
  readonly uses: ReadonlyMap<string, number>;
}

/** Typed access to a node's attributes. */
export class Attributes {
  readonly #raw: Readonly<Record<string, RawAttribute>>;

  constructor(raw: Readonly<Record<string, RawAttribute>> = {}) {
    this.#raw = raw;
  }

  int(name: string, otherwise: number): number {
    const value = this.#raw[name]?.i;
    return value === undefined ? otherwise : Number(value);
  }

  ints(name: string): number[] {
    return (this.#raw[name]?.list?.i ?? []).map(Number);
  }

  float(name: string, otherwise: number): number {
    return this.#raw[name]?.f ?? otherwise;
  }

  flag(name: string): boolean {
    return this.#raw[name]?.b ?? false;
  }

  text(name: string): string {
    return decodeText(this.#raw[name]?.s ?? '');
  }

  texts(name: string): string[] {
    return (this.#raw[name]?.list?.s ?? []).map(decodeText);
  }

  /** A TF type word such as `DT_FLOAT`. */
  type(name: string): string {
    return String(this.#raw[name]?.type ?? '');
  }

  shape(name: string): number[] {
    return (this.#raw[name]?.shape?.dim ?? []).map((dim) => Number(dim.size));
  }
}

/** TF strings are base64 in the JSON. */
function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

/** Follows the signature's outputs (or, without a signature, the nodes nobody reads) back to the inputs. */
export function readGraph(json: GraphModelJson): SourceGraph {
  const all = new Map(json.modelTopology.node.map((raw) => [raw.name, readNode(raw)]));
  const outputs = outputsOf(json, all);
  const nodes = topological(
    outputs.map((output) => output.from.node),
    all,
  );
  const uses = new Map<string, number>();
  const reads = [...nodes.flatMap((node) => node.inputs), ...outputs.map((output) => output.from)];
  for (const { node } of reads) uses.set(node, (uses.get(node) ?? 0) + 1);
  return { nodes, outputs, uses };
}

function readNode(raw: RawNode): GraphNode {
  const inputs = (raw.input ?? []).filter((input) => !input.startsWith('^')).map(readReference);
  return { name: raw.name, op: raw.op, inputs, attributes: new Attributes(raw.attr) };
}

function readReference(text: string): Reference {
  const [node = '', index = '0'] = text.split(':');
  return { node, index: Number(index) };
}

function outputsOf(json: GraphModelJson, all: ReadonlyMap<string, GraphNode>): SourceGraph['outputs'] {
  const signature = json.signature?.outputs ?? json.userDefinedMetadata?.signature?.outputs;
  const named = Object.entries(signature ?? {}).map(([name, output]) => ({ name, from: readReference(output.name) }));
  if (named.length > 0 && named.every((output) => all.has(output.from.node))) return named;
  const read = new Set([...all.values()].flatMap((node) => node.inputs.map((input) => input.node)));
  const ends = [...all.values()].filter((node) => !read.has(node.name) && node.op !== 'Const' && node.op !== 'NoOp');
  return ends.map((node) => ({ name: node.name, from: { node: node.name, index: 0 } }));
}

/** Depth-first order without recursion: graphs of thousands of nodes are deep. */
function topological(roots: readonly string[], all: ReadonlyMap<string, GraphNode>): GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = [...roots].reverse();
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = all.get(name);
    if (node === undefined) throw new Error(`the graph reads a node ${name} that it does not have`);
    const pending = node.inputs.filter((input) => state.get(input.node) !== 'done');
    if (state.get(name) === 'done' || pending.length === 0) {
      stack.pop();
      if (state.get(name) !== 'done') order.push(node);
      state.set(name, 'done');
      continue;
    }
    if (state.get(name) === 'open')
      throw new Error(`the graph runs in a circle through ${name}; control flow cannot be converted`);
    state.set(name, 'open');
    stack.push(...pending.map((input) => input.node).reverse());
  }
  return order;
}

/** The ONNX codec and graph helpers in one import. */

export { freeBatch } from './batch.ts';
export { GraphBuilder } from './builder.ts';
export { decodeModel } from './decode.ts';
export { encodeModel } from './encode.ts';
export { graft } from './graft.ts';
export * from './graph.ts';
export * from './optimise.ts';

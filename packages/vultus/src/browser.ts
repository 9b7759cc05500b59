/** The browser entry of the SDK. */

export * from './errors.ts';
export * from './face/face.ts';
export * from './face/faceprint.ts';
export * from './face/geometry.ts';
export type * from './image/image.ts';
export type * from './model/manifest.ts';
export type * from './runtime/backend.ts';
export type * from './runtime/tensor.ts';

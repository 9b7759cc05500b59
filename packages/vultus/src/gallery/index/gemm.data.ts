/** A matrix product as an ONNX model, for batches of queries. Written by tools/make-tiny-models.mjs. */

const base64 =
  'CAgSBnZ1bHR1czqfAQozCgRyb3dzCgdxdWVyaWVzCgdjb25zdF8wEgRzdW1zGgRzdW1zIg1NYXRNdWxJbnRlZ2VyEgdwcm9kdWN0Kg4QAkIHY29uc3RfMEoBgFoYCgRyb3dzEhAKDggCEgoKAxIBTgoDEgFEWhsKB3F1ZXJpZXMSEAoOCAMSCgoDEgFECgMSAVFiGAoEc3VtcxIQCg4IBhIKCgMSAU4KAxIBUUIECgAQEQ==';

/** The model's bytes: `sums` int32 [N, Q] = (`rows` uint8 [N, D] − 128) · `queries` int8 [D, Q]. */
export function gemmModelBytes(): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

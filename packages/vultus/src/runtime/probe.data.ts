/** The smallest model there is (y = x), for finding out whether a device opens. Written by tools/make-tiny-models.mjs. */

const base64 =
  'CAgSBnZ1bHR1czpBChMKAXgSAXkaAXkiCElkZW50aXR5EghpZGVudGl0eVoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE=';

/** The model's bytes: input `x`, output `y`, both float32 [1]. */
export function probeModelBytes(): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

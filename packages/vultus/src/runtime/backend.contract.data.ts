/** Tiny ONNX models for the backend contract. Written by tools/make-tiny-models.mjs. */

const base64 = {
  affine:
    'CAgSBnZ1bHR1czq5AQofCgF4Cgdjb25zdF8wEgVNdWxfMRoFTXVsXzEiA011bAojCgVNdWxfMQoHY29uc3RfMhIFQWRkXzMaBUFkZF8zIgNBZGQKFwoFQWRkXzMSAXkaAXkiCElkZW50aXR5EgZhZmZpbmUqERABQgdjb25zdF8wSgQAAABAKhEQAUIHY29uc3RfMkoEAACAP1oUCgF4Eg8KDQgBEgkKAxIBTgoCCARiFAoBeRIPCg0IARIJCgMSAU4KAggEQgQKABAR',
  types:
    'CAgSBnZ1bHR1czrJAwotCgdmbG9hdDMyEgtmbG9hdDMyX291dBoLZmxvYXQzMl9vdXQiCElkZW50aXR5CicKBWludDMyEglpbnQzMl9vdXQaCWludDMyX291dCIISWRlbnRpdHkKJwoFaW50NjQSCWludDY0X291dBoJaW50NjRfb3V0IghJZGVudGl0eQonCgV1aW50OBIJdWludDhfb3V0Ggl1aW50OF9vdXQiCElkZW50aXR5CiQKBGJvb2wSCGJvb2xfb3V0Gghib29sX291dCIISWRlbnRpdHkSBXR5cGVzWhYKB2Zsb2F0MzISCwoJCAESBQoDEgFOWhQKBWludDMyEgsKCQgGEgUKAxIBTloUCgVpbnQ2NBILCgkIBxIFCgMSAU5aFAoFdWludDgSCwoJCAISBQoDEgFOWhMKBGJvb2wSCwoJCAkSBQoDEgFOYhoKC2Zsb2F0MzJfb3V0EgsKCQgBEgUKAxIBTmIYCglpbnQzMl9vdXQSCwoJCAYSBQoDEgFOYhgKCWludDY0X291dBILCgkIBxIFCgMSAU5iGAoJdWludDhfb3V0EgsKCQgCEgUKAxIBTmIXCghib29sX291dBILCgkICRIFCgMSAU5CBAoAEBE=',
  heavy:
    'CAgSBnZ1bHR1czqTBAouCgdjb25zdF8wCgdjb25zdF8xEghFeHBhbmRfMhoIRXhwYW5kXzIiBkV4cGFuZAo0CgF4CghFeHBhbmRfMhIGQ29udl8zGgZDb252XzMiBENvbnYqDwoEcGFkc0IEAQEBAaABBwo5CgZDb252XzMKCEV4cGFuZF8yEgZDb252XzQaBkNvbnZfNCIEQ29udioPCgRwYWRzQgQBAQEBoAEHCjkKBkNvbnZfNAoIRXhwYW5kXzISBkNvbnZfNRoGQ29udl81IgRDb252Kg8KBHBhZHNCBAEBAQGgAQcKOQoGQ29udl81CghFeHBhbmRfMhIGQ29udl82GgZDb252XzYiBENvbnYqDwoEcGFkc0IEAQEBAaABBwpFCgZDb252XzYSE0dsb2JhbEF2ZXJhZ2VQb29sXzcaE0dsb2JhbEF2ZXJhZ2VQb29sXzciEUdsb2JhbEF2ZXJhZ2VQb29sCiUKE0dsb2JhbEF2ZXJhZ2VQb29sXzcSAXkaAXkiCElkZW50aXR5EgVoZWF2eSoXCgQBAQEBEAFCB2NvbnN0XzBKBDmOYzsqMAoBBBAHQgdjb25zdF8xSiAgAAAAAAAAACAAAAAAAAAAAwAAAAAAAAADAAAAAAAAAFocCgF4EhcKFQgBEhEKAxIBTgoCCCAKAghwCgIIcGIcCgF5EhcKFQgBEhEKAxIBTgoCCCAKAggBCgIIAUIECgAQEQ==',
} as const;

/**
 * A model's bytes.
 * - `affine`: `x` float32 [N, 4] → `y` = 2x + 1.
 * - `types`: one input of shape [N] per element type, named after it → the same values as `<type>_out`.
 * - `heavy`: `x` float32 [N, 32, 112, 112] → `y` float32 [N, 32, 1, 1], four 3×3 convolutions, about 0.5 G multiply-adds.
 */
export function tinyModel(name: keyof typeof base64): Uint8Array {
  return Uint8Array.from(atob(base64[name]), (letter) => letter.charCodeAt(0));
}

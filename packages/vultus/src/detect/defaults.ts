/** The detectors that are used when a caller names none. */

/**
 * Manifest ids, the main detector first. UltraFace finds upright faces of all sizes; BlazeFace gives a second opinion on
 * large ones and sees heads that lie on the side. `docs/detection.md` has the table behind the choice.
 */
export const defaultDetectors: readonly string[] = ['ultraface-rfb', 'blazeface-back'];

/** The model that looks once more at what the default detectors found; used when the catalog has it. */
export const defaultRefiner = 'mtcnn-onet';

/** All recipes, in the order of the manifest. Adding a model is a recipe file and a line here. */

import type { Recipe } from '../recipe.ts';
import { blazefaceBack, blazefaceFront } from './blazeface.ts';
import { eyeState, headPose, landmark68, mobilefacenet512, silentLiveness, ultrafaceRfb } from './faceplugin.ts';

/** Every shipped model. */
export const recipes: readonly Recipe[] = [
  ultrafaceRfb,
  blazefaceBack,
  blazefaceFront,
  landmark68,
  mobilefacenet512,
  headPose,
  eyeState,
  silentLiveness,
];

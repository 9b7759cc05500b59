/** All recipes, in the order of the manifest. Adding a model is a recipe file and a line here. */

import type { Recipe } from '../recipe.ts';
import { blazefaceBack, blazefaceFront } from './blazeface.ts';
import { dlibResnet, faceapiAgeGender, faceapiExpression, faceapiLandmark68 } from './faceapi.ts';
import { eyeState, headPose, landmark68, mobilefacenet512, silentLiveness, ultrafaceRfb } from './faceplugin.ts';
import {
  faceres,
  mediapipeFacemesh,
  mediapipeIris,
  mobileface,
  movenetLightning,
  movenetMultipose,
  nanodet,
  oarriagaEmotion,
} from './human.ts';
import { mtcnnOnet } from './mtcnn.ts';
import { blazefaceFull, faceCover, facemesh478, mobilefacenet192 } from './tflite.ts';

/** Every shipped model. */
export const recipes: readonly Recipe[] = [
  ultrafaceRfb,
  blazefaceBack,
  blazefaceFront,
  blazefaceFull,
  mtcnnOnet,
  landmark68,
  facemesh478,
  mobilefacenet512,
  mobilefacenet192,
  headPose,
  eyeState,
  silentLiveness,
  dlibResnet,
  faceapiLandmark68,
  faceapiExpression,
  faceapiAgeGender,
  mediapipeFacemesh,
  mediapipeIris,
  faceres,
  mobileface,
  oarriagaEmotion,
  movenetLightning,
  movenetMultipose,
  nanodet,
  faceCover,
];

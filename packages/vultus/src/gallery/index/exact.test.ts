/** The reference twin keeps the index contract. */

import { openReferenceIndex } from './exact.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

vectorIndexContract('float32 reference', async (dimension) => openReferenceIndex(dimension));

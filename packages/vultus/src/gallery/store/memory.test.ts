/** The memory store keeps the store contract. */

import { storeContract } from '../store.contract.ts';
import { uuidV7 } from '../uuid.ts';
import { openMemoryStore } from './memory.ts';

storeContract('memory', async () => {
  const name = uuidV7();
  // A named memory lives as long as someone has it open.
  const keeper = openMemoryStore(name);
  return { open: async () => openMemoryStore(name), remove: () => keeper.close() };
});

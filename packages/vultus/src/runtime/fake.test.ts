/** The fake backend keeps the contract. */

import { testBackendContract } from './backend.contract.ts';
import { type FakeModel, fakeBackend, fakeModelBytes } from './fake.ts';
import type { Tensor } from './tensor.ts';

const affine: FakeModel = {
  inputs: [{ name: 'x', type: 'float32', dims: ['N', 4] }],
  outputs: [{ name: 'y', type: 'float32', dims: ['N', 4] }],
  run: ({ x }) => ({ y: { ...(x as Tensor<'float32'>), data: (x as Tensor<'float32'>).data.map((v) => 2 * v + 1) } }),
};

const typeNames = ['float32', 'int32', 'int64', 'uint8', 'bool'] as const;
const types: FakeModel = {
  inputs: typeNames.map((type) => ({ name: type, type, dims: ['N'] })),
  outputs: typeNames.map((type) => ({ name: `${type}_out`, type, dims: ['N'] })),
  run: (feeds) => Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [`${name}_out`, tensor])),
};

testBackendContract('fake', {
  open: async () => fakeBackend({ affine, types }, { concurrency: 3 }),
  model: fakeModelBytes,
  skips: { 'hands session config to the runtime': 'functions have no runtime' },
});

/** Every task on a real photograph: the contract, JSON-safe values in their ranges, faces that were turned. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector } from '../detect/create.ts';
import { defaultDetectors } from '../detect/defaults.ts';
import { findFaces } from '../detect/find.ts';
import type { Detection } from '../face/face.ts';
import type { Picture } from '../image/image.ts';
import { openPicture } from '../image/open-node.ts';
import { openCatalog } from '../model/catalog.ts';
import { nodeSources } from '../model/files-node.ts';
import { openNodeBackend } from '../runtime/onnx-node.ts';
import { SessionPool } from '../runtime/sessions.ts';
import { samplePhoto } from '../testing/data.ts';
import type { TaskHost } from './host.ts';
import { isMeasured, type Measured } from './measured.ts';
import { runTasks } from './run.ts';
import { describeTask } from './task.contract.ts';
import { modelTasks, type TaskValues, taskNames } from './tasks.ts';

const names = taskNames.filter((name) => name !== 'embed');

let picture: Picture;
let detections: Detection[];
let host: TaskHost;
let close: () => Promise<void>;

beforeAll(async () => {
  const catalog = await openCatalog(await nodeSources({ manifests: [] }), { licences: 'all' });
  const backend = await openNodeBackend({ device: 'cpu' });
  const pool = new SessionPool(backend, async (id) => ({ model: await catalog.read(catalog.entry(id)) }));
  host = { entries: () => catalog.entries(), session: (id) => pool.session(id), concurrency: backend.concurrency };
  picture = await openPicture(samplePhoto(4));
  const detectors = defaultDetectors.map((id) => createDetector(catalog.entry(id), () => pool.session(id)));
  detections = (await findFaces(picture, detectors)).slice(0, 2);
  close = async () => {
    await pool.close();
    await backend.close();
  };
});

afterAll(() => close());

for (const name of names.filter((each) => each !== 'points')) {
  describeTask(name, async () => ({ run: { host, tasks: modelTasks }, picture, detections }), 5e-3);
}

describe('the values of a photograph', () => {
  it('are plain JSON, finite, and in their ranges', async () => {
    const faces = (await runTasks(picture, detections, names, { host, tasks: modelTasks })) as unknown as TaskValues[];
    expect(faces).toHaveLength(2);
    for (const face of faces) {
      expect(JSON.parse(JSON.stringify(face))).toEqual(face);
      expect(JSON.stringify(face)).not.toContain('null');
      expect(face.mesh.points).toHaveLength(478);
      expect(face.mesh.presence).toBeGreaterThan(0.9);
      expect(face.points106).toHaveLength(106);
      expect(Math.hypot(...face.pose.matrix)).toBeCloseTo(Math.sqrt(3), 5);
      for (const { distribution } of [face.age, face.gender, face.emotion]) {
        expect(Object.values(distribution).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      }
      for (const value of [face.eyes, face.mouth] as Measured<object>[]) expect(isMeasured(value)).toBe(true);
      expect(face.quality.exposure.verdict).toBe('good');
    }
  });

  it('put irises near the eyes, and mesh points where the other network has them', async () => {
    const tasks = ['points', 'points68', 'mesh'];
    const faces = (await runTasks(picture, detections, tasks, { host, tasks: modelTasks })) as unknown as TaskValues[];
    for (const { points, points68, mesh } of faces) {
      const unit = Math.hypot((points[45]?.x ?? 0) - (points[36]?.x ?? 0), (points[45]?.y ?? 0) - (points[36]?.y ?? 0));
      const gaps = points.map(({ x, y }, i) => Math.hypot(x - (points68[i]?.x ?? 0), y - (points68[i]?.y ?? 0)) / unit);
      expect(gaps.reduce((a, b) => a + b, 0) / 68).toBeLessThan(0.1);
      expect(mesh.points[468]?.x).toBeLessThan(mesh.points[473]?.x ?? 0);
    }
  });
});

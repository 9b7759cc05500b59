/** What following faces costs without any model: twenty faces in motion, detections given. */

import { type Observation, Tracker } from 'vultus';

/** Prints milliseconds per frame. */
export async function run(): Promise<void> {
  const frames = 20_000;
  const faces = 20;
  const lists = Array.from({ length: 200 }, (_, frame) => scene(frame, faces));
  const tracker = new Tracker();
  const times = new Float64Array(frames);
  const before = memory();
  for (let frame = 0; frame < frames; frame++) {
    const list = lists[frame % lists.length] as readonly Observation[];
    const start = performance.now();
    tracker.update(list, (frame + 1) * 33);
    times[frame] = performance.now() - start;
  }
  times.sort();
  const at = (share: number) => (times[Math.floor(share * (frames - 1))] ?? 0).toFixed(3);
  process.stdout.write(
    `tracker, ${faces} faces, ${frames} frames: median ${at(0.5)} ms, 95 % ${at(0.95)} ms; heap ${(memory() - before).toFixed(1)} MB more\n`,
  );
}

/** Faces that swing about their places and so end where they began; five points each. */
function scene(frame: number, faces: number): Observation[] {
  return Array.from({ length: faces }, (_, face) => {
    const angle = (2 * Math.PI * frame) / 200 + face;
    const x = 60 + 240 * (face % 5) + 40 * Math.cos(angle);
    const y = 60 + 160 * Math.floor(face / 5) + 30 * Math.sin(angle);
    const at = (u: number, v: number) => ({ x: x + u, y: y + v });
    const points = {
      leftEye: at(20, 25),
      rightEye: at(50, 25),
      nose: at(35, 45),
      leftMouth: at(22, 62),
      rightMouth: at(48, 62),
    };
    return { box: { x, y, width: 70, height: 90 }, score: 0.9, points };
  });
}

function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

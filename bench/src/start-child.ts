/** What `bench start` runs in processes of its own: the steps to a first result, or an engine that waits. */

const [mode, photo = ''] = process.argv.slice(2);
const times: Record<string, number> = {};
let last = performance.now();

/** Milliseconds since the step before. */
function mark(name: string): void {
  const now = performance.now();
  times[name] = now - last;
  last = now;
}

const { Vultus } = await import('vultus');
mark('import vultus');
const vultus = await Vultus.open({ device: 'cpu' });
mark('open (catalog, worker, ONNX Runtime)');
if (mode === 'idle') {
  await vultus.preload(['detect', 'embed']);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  process.stdout.write(JSON.stringify({ rssMB: process.memoryUsage().rss / 1e6 }));
} else {
  await vultus.preload(['detect']);
  mark('open the detectors');
  const picture = await vultus.picture(photo);
  mark('load sharp, read the header');
  await picture.pixels();
  mark('decode');
  await vultus.detect(picture);
  mark('detect');
  await vultus.detect(picture);
  mark('detect again');
  process.stdout.write(JSON.stringify(times));
}
await vultus.close();

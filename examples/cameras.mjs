/**
 * Cameras and a worker in one process: every video given is a camera, the worker follows the faces in all of them and
 * stores each event once. Run: npm run build && node examples/cameras.mjs door.mp4 hall.mp4
 * For cameras and workers on several machines, open the queue at a broker: openFrameQueue('amqp://broker:5672').
 */

import { basename } from 'node:path';
import { openEventStore, openFrameQueue, openVideo, publishFrames, runWorker, Vultus } from 'vultus';

const videos = process.argv.slice(2);
if (videos.length === 0) throw new Error('Usage: node examples/cameras.mjs <video> [more videos]');

const vultus = await Vultus.open();
const queue = await openFrameQueue('memory:');
const store = await openEventStore('events.db');

const stop = new AbortController();
const working = runWorker({
  ...{ queue, store, engine: vultus, threshold: vultus.threshold, signal: stop.signal },
  // With a gallery: identify: (faceprint) => collection.identify(faceprint, { threshold: -1 }),
  identify: async () => [],
  onEvent: ({ stream, event }) => console.log(stream, event.type, event.id, `${Math.round(event.timestampMs)} ms`),
});

const streams = videos.map((video, number) => `${number + 1}-${basename(video).replace(/[^\w.-]/g, '_')}`);
await Promise.all(
  videos.map(async (video, number) =>
    publishFrames(queue, await openVideo(video, { maxSide: 1280 }), { stream: streams[number] }),
  ),
);
// A stream has ended when its watcher is put away.
const ended = async (stream) => {
  const state = await store.load(stream);
  return state !== undefined && state.watcher === undefined;
};
while (!(await Promise.all(streams.map(ended))).every(Boolean)) await new Promise((next) => setTimeout(next, 200));

stop.abort();
await working;
await store.close();
await queue.close();
await vultus.close();

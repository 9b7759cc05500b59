/** What every queue between cameras and workers promises, as a test suite: parameterised by a factory. */

import { describe, expect, it } from 'vitest';
import type { Delivery, FrameQueue } from './queue.ts';

/** A queue under test. */
export interface QueueUnderTest {
  /** Opens an empty queue that takes three messages of a stream; again: the same one, as another process would. */
  readonly open: (name: string) => Promise<FrameQueue>;
}

const body = (text: string) => new TextEncoder().encode(text);
const text = ({ body: bytes }: { readonly body: Uint8Array }) => new TextDecoder().decode(bytes);

/** Registers the contract's tests under `name`. */
export function testQueueContract(name: string, { open }: QueueUnderTest): void {
  describe(`queue contract: ${name}`, () => {
    it('delivers what was published, in order, once, until it is acknowledged', async () => {
      await using queue = await open('order');
      for (const each of ['1', '2', '3']) expect(await queue.publish('door', body(each))).toBe(true);
      const taken = await take(queue, 3);
      expect(taken.map(text)).toEqual(['1', '2', '3']);
      expect(taken.map(({ stream, redelivered }) => [stream, redelivered])).toEqual(Array(3).fill(['door', false]));
    });

    it('carries any bytes, an empty message too, and a large one whole', async () => {
      await using queue = await open('bytes');
      const large = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 256);
      await queue.publish('door', new Uint8Array(0));
      await queue.publish('door', large);
      const [empty, whole] = await take(queue, 2);
      expect(empty?.body.length).toBe(0);
      expect(Buffer.compare(whole?.body ?? new Uint8Array(0), large)).toBe(0);
    });

    it('gives what a consumer left to the next, in order, marked', async () => {
      await using queue = await open('again');
      for (const each of ['1', '2', '3']) await queue.publish('door', body(each));
      const first = await take(queue, 3, async (delivery, index) => void (index === 0 && (await delivery.ack())));
      expect(first).toHaveLength(3);
      const second = await take(queue, 2);
      expect(second.map(text)).toEqual(['2', '3']);
      expect(second.every(({ redelivered }) => redelivered)).toBe(true);
      // In this hand they are no more.
      await first[1]?.ack();
    });

    it('is full when it says so, and takes more when there is room', async () => {
      await using queue = await open('full');
      for (const each of ['1', '2', '3']) await queue.publish('door', body(each));
      // A broker may let one or two slip through while it counts.
      const more = await Promise.all(['4', '5', '6', '7', '8'].map((each) => queue.publish('door', body(each))));
      expect(more).toContain(false);
      const held = 3 + more.filter((taken) => taken).length;
      expect((await take(queue, held)).length).toBe(held);
      expect(await until(() => queue.publish('door', body('9')))).toBe(true);
    });

    it('hands out no more than the prefetch before an acknowledgement', async () => {
      await using queue = await open('prefetch');
      for (const each of ['1', '2', '3']) await queue.publish('door', body(each));
      const controller = new AbortController();
      const seen: Delivery[] = [];
      const consuming = (async () => {
        for await (const delivery of queue.consume({ prefetch: 2, signal: controller.signal })) seen.push(delivery);
      })();
      await until(async () => seen.length >= 2);
      await pause(200);
      expect(seen.map(text)).toEqual(['1', '2']);
      await seen[0]?.ack();
      await until(async () => seen.length === 3);
      controller.abort();
      await consuming;
    });

    it('gives each stream to one consumer at a time, and every consumer some', async () => {
      await using queue = await open('share');
      await using other = await open('share');
      const controller = new AbortController();
      const owners = new Map<string, Set<number>>();
      const consumers = [queue, other].map(async (each, number) => {
        for await (const delivery of each.consume({ signal: controller.signal })) {
          owners.set(delivery.stream, (owners.get(delivery.stream) ?? new Set()).add(number));
          await delivery.ack();
        }
      });
      await pause(3000);
      const streams = Array.from({ length: 24 }, (_, i) => `camera-${i}`);
      for (const round of ['1', '2']) {
        for (const stream of streams) await until(() => queue.publish(stream, body(round)));
      }
      await until(async () => owners.size === 24);
      controller.abort();
      await Promise.all(consumers);
      expect([...owners.values()].every((each) => each.size === 1)).toBe(true);
      expect(new Set([...owners.values()].flatMap((each) => [...each]))).toEqual(new Set([0, 1]));
    });

    it('puts a message aside with a reason, shows it, and hands it out again as late', async () => {
      await using queue = await open('park');
      await queue.publish('door', body('bad'));
      await queue.publish('door', body('good'));
      const taken = await take(queue, 2, (delivery) =>
        text(delivery) === 'bad' ? delivery.park('it is bad') : delivery.ack(),
      );
      expect(taken).toHaveLength(2);
      for (let times = 0; times < 2; times++) {
        const parked = await until(async () => {
          const list = await queue.parked();
          return list.length > 0 && list;
        });
        expect(parked.map((each) => [each.stream, text(each), each.reason])).toEqual([['door', 'bad', 'it is bad']]);
        expect(Math.abs((parked[0]?.parkedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      }
      expect(await queue.release()).toBe(1);
      expect(await queue.release()).toBe(0);
      const [late] = await take(queue, 1);
      expect(late && [late.stream, text(late)]).toEqual(['door~late', 'bad']);
    });

    it('refuses names that are none, and everything after close', async () => {
      const queue = await open('close');
      await expect(queue.publish('', body('1'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(queue.publish('a/b', body('1'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const left = take(queue, 1);
      await queue.close();
      await queue.close();
      expect(await left).toEqual([]);
      await expect(queue.publish('door', body('1'))).rejects.toMatchObject({ code: 'CLOSED' });
      expect(() => queue.consume()).toThrow(/after close/);
    });

    it('ends a loop whose signal fires, and refuses to publish under one that has', async () => {
      await using queue = await open('signal');
      const signal = AbortSignal.abort();
      for await (const _ of queue.consume({ signal })) throw new Error('nothing was published');
      await expect(queue.publish('door', body('1'), signal)).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });
}

/** Takes that many deliveries, does something with each (default: acknowledges), and leaves. */
export async function take(
  queue: FrameQueue,
  count: number,
  work: (delivery: Delivery, index: number) => Promise<void> = (delivery) => delivery.ack(),
): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for await (const delivery of queue.consume()) {
    await work(delivery, taken.length);
    taken.push(delivery);
    if (taken.length === count) break;
  }
  return taken;
}

/** Asks until the answer is neither false nor undefined. */
export async function until<T>(ask: () => Promise<T>, ms = 20_000): Promise<Exclude<T, false | undefined>> {
  for (const end = Date.now() + ms; ; await pause(20)) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
    if (Date.now() > end) throw new Error(`Waited ${ms} ms for what did not come`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

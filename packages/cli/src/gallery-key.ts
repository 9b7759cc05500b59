/** The key that seals a gallery, from the environment; never from the command line, where others could read it. */

import { readFile } from 'node:fs/promises';

type Environment = Readonly<Record<string, string | undefined>>;

/** `VULTUS_GALLERY_KEY` as hex or Base64, or the content of the file that `VULTUS_GALLERY_KEY_FILE` names. */
export async function galleryKey(env: Environment = process.env): Promise<{ readonly key?: Uint8Array | string }> {
  if (env.VULTUS_GALLERY_KEY) return { key: env.VULTUS_GALLERY_KEY };
  return env.VULTUS_GALLERY_KEY_FILE ? { key: await readKeyFile(env.VULTUS_GALLERY_KEY_FILE) } : {};
}

/** A key file holds 32 bytes, or their text in hex or Base64. */
export async function readKeyFile(path: string): Promise<Uint8Array | string> {
  const bytes = await readFile(path).catch(async (cause: unknown) => {
    const { VultusError } = await import('vultus');
    throw new VultusError('FILE_READ', `${path}: the key file cannot be read`, { cause });
  });
  return bytes.length === 32 ? new Uint8Array(bytes) : bytes.toString('utf8');
}

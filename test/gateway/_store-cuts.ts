/** A store's life with one artefact in it and one that comes in, cut or failing at each operation of its files. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openStore } from '../../gateway/store/store.ts';
import type { Store, StoreOptions } from '../../gateway/store/store.ts';
import { sameBytes } from '../_bytes.ts';
import { bytesOf, folderOf, powered, sha256 } from './_store.ts';

export const QUOTA: number = 1 << 20;

export const readAll = (store: Store, digest: string, piece = 1000): Uint8Array | undefined => {
  const parts: Uint8Array[] = [];
  for (let at = 0; ;) {
    const into = new Uint8Array(piece);
    const count = store.read(digest, at, into);
    if (count < 0) return undefined;
    if (count === 0) return new Uint8Array(Buffer.concat(parts));
    parts.push(into.subarray(0, count));
    at += count;
  }
};

/** One artefact kept before, one that is put, in pieces. */
export const OLD: Uint8Array = bytesOf(3000, 70);
export const NEW: Uint8Array = bytesOf(5000, 71);
const PART = sha256(bytesOf(1, 71));

export const life = async (folder: string, files: StoreOptions['files']): Promise<Store> => {
  const store = openStore({ folder, quota: QUOTA, ...(files ? { files } : {}) });
  const part = await store.part(PART);
  try {
    for (let at = part.length; at < NEW.length; at += 1000) part.append(NEW.subarray(at, at + 1000));
    if (part.digest !== sha256(NEW)) {
      part.restart();
      part.append(NEW);
    }
    part.keep();
  } finally {
    part.close();
  }
  return store;
};

export const prepared = async (t: ExecutionContext): Promise<string> => {
  const folder = folderOf(t);
  const store = openStore({ folder, quota: QUOTA });
  await store.put(OLD);
  store.close();
  return folder;
};

export const afterwards = async (t: ExecutionContext, folder: string, replay: string): Promise<void> => {
  const store = openStore({ folder, quota: QUOTA });
  sameBytes(t, readAll(store, sha256(OLD)), OLD, `${replay}: what was whole stays`);
  for (const name of fs.readdirSync(join(folder, 'whole'))) {
    const served = readAll(store, name);
    t.true(served === undefined || sha256(served) === name, `${replay}: nothing wrong is served`);
  }
  store.close();
  const again = await life(folder, undefined);
  sameBytes(t, readAll(again, sha256(NEW)), NEW, `${replay}: it goes on`);
  t.is(again.usage().bytes, OLD.length + NEW.length, replay);
  again.close();
};

/** Power off before each operation, and of what was not flushed so many draws are lost. */
export const powerCuts = async (t: ExecutionContext, draws: number): Promise<void> => {
  let cut = 1;
  let ended = false;
  for (; !ended; cut++) {
    for (let seed = 0; seed < draws && !ended; seed++) {
      const folder = await prepared(t);
      const board = powered(cut, cut * 100 + seed);
      let kept = false;
      try {
        (await life(folder, board.files)).close();
        kept = true;
        ended = board.count() < cut;
      } catch (error) {
        if (!(error instanceof Error && /power off/.test(error.message))) throw error;
      }
      board.settle();
      const replay = `powered(${cut}, ${cut * 100 + seed})`;
      if (kept) {
        const store = openStore({ folder, quota: QUOTA });
        sameBytes(t, readAll(store, sha256(NEW)), NEW, `${replay}: it said so`);
        store.close();
      }
      await afterwards(t, folder, replay);
    }
  }
  t.log(`${cut - 2} operations, ${draws} times each`);
  t.true(cut > 20);
};

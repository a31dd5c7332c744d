/** Statements beside the files of an assignment: fetched once, again where a server cannot be had, and said where they are none. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { Wanted } from '../../gateway/contract.ts';
import { releaseError } from '../../gateway/fetch/error.ts';
import { Stated } from '../../gateway/upstream/stated.ts';
import { placeNew } from '../../hal/http/uri.ts';
import { HttpError } from '../../hal/node/http-error.ts';

const SHA256 = 'a'.repeat(64);
const wanted = (url: string, sha256?: string): Wanted => ({
  url,
  name: 'latest.statement',
  sizeMax: 4096,
  sha256,
  authorization: 'GatewayToken x',
});

interface Rig {
  readonly stated: Stated;
  readonly asked: string[];
  readonly taken: string[];
  readonly warned: string[];
}

/** `troubles`: of the attempts, one after the other. */
const rigOf = (troubles: (Error | undefined)[], refusal?: Error): Rig => {
  const [asked, taken, warned]: string[][] = [[], [], []];
  const stated = new Stated({
    again: 0.001,
    asker: {
      async ask(url, _, __, authorization) {
        asked!.push(`${url} ${authorization}`);
        const trouble = troubles.shift();
        if (trouble !== undefined) throw trouble;
        return { bytes: Uint8Array.of(1), tag: '', cacheControl: '', age: '', place: placeNew() };
      },
      close: () => undefined,
    },
    statements: {
      async take(_, where) {
        if (refusal !== undefined) throw refusal;
        taken!.push(where);
        return SHA256;
      },
    },
    warn: (words) => void warned!.push(words),
  });
  return { stated, asked: asked!, taken: taken!, warned: warned! };
};

const until = async (rig: Rig, holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !holds();) {
    if (Date.now() > end) throw new Error(`never: ${rig.asked.join(', ')}; ${rig.warned.join(', ')}`);
    await new Promise((done) => setImmediate(done));
  }
};

test('one content at two addresses is fetched once, with the token', async (t) => {
  const rig = rigOf([]);
  rig.stated.obtain(wanted('http://h/1', SHA256));
  rig.stated.obtain(wanted('http://h/2', SHA256));
  await until(rig, () => rig.taken.length === 1);
  await rig.stated.close();
  t.deepEqual(rig.asked, ['http://h/1 GatewayToken x']);
  t.deepEqual(rig.warned, []);
});

test('a server that is busy is asked again until it has it', async (t) => {
  const busy = new HttpError('HTTP 503', Err.SourceBusy, false);
  const rig = rigOf([busy, busy, busy]);
  rig.stated.obtain(wanted('http://h/1'));
  await until(rig, () => rig.taken.length === 1);
  await rig.stated.close();
  t.is(rig.asked.length, 4);
  t.is(rig.warned.length, 3);
});

const FOR_GOOD: readonly (readonly [string, Error | undefined, Error | undefined])[] = [
  ['is not there', new HttpError('HTTP 404', Err.SourceRefused, true), undefined],
  ['is none', undefined, releaseError(Err.Statement, 'no statement')],
];

for (const [name, trouble, refusal] of FOR_GOOD)
  test(`one that ${name} is said once, and not asked for again`, async (t) => {
    const rig = rigOf([trouble], refusal);
    rig.stated.obtain(wanted('http://h/1'));
    await until(rig, () => rig.warned.length === 1);
    rig.stated.obtain(wanted('http://h/1'));
    await rig.stated.close();
    t.is(rig.asked.length, 1);
    t.deepEqual(rig.taken, []);
    t.regex(rig.warned[0]!, /^http:\/\/h\/1: /);
  });

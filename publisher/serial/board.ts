/** What is asked of a board over a link, and what its answers mean. */
import { Op, Group } from '../../hal/serial/index.ts';
import { explain, codeText } from '../explain.ts';
import { PublishError } from '../errors.ts';
import type { Body, Link } from './link.ts';

export interface BoardStatus {
  readonly phase: number;
  readonly code: number;
  readonly running: number;
  readonly trial: number;
  readonly attempt: number;
  readonly sequence: number;
  readonly accepted: number;
  readonly floor: number;
  readonly offered: number;
  readonly payload: number;
  readonly blocks: number;
  readonly fetched: number;
  readonly copied: number;
  readonly kept: number;
  readonly event: number;
  readonly why: number;
  readonly detail: number;
  readonly cause: number;
  readonly from: number;
  readonly to: number;
  readonly check: string;
}

export interface ImageState {
  readonly slot: number;
  readonly version: string;
  readonly hash: Uint8Array;
  readonly confirmed?: boolean;
  readonly active?: boolean;
  readonly pending?: boolean;
}

/** What an answer refuses with, or undefined. flipside's own code stands in the reason, in words. */
export const refusalOf = (body: Body): PublishError | undefined => {
  const error = body['err'] as { group?: number; rc?: number } | undefined;
  const rc = error?.rc ?? body['rc'];
  if (rc === undefined || rc === 0) return undefined;
  const code = Number(/^flipside (-\d+)$/.exec(String(body['rsn'] ?? ''))?.[1] ?? 0);
  if (code === 0) return new PublishError(`the board refuses it: SMP error ${String(rc)}`, { field: 'PORT' });
  const found = explain(code);
  return new PublishError(
    `the board refuses it: ${codeText(code)}. ${(found?.sentence ?? '').replace(/\.$/, '')}`,
    {
      field: 'UPDATE',
      remedy: found?.advice,
    },
  );
};

export const expectDone = (body: Body): Body => {
  const refusal = refusalOf(body);
  if (refusal) throw refusal;
  return body;
};

export const statusAsk = async (link: Link): Promise<BoardStatus> =>
  expectDone(await link.ask(Op.Read, Group.Board, 0, {})) as unknown as BoardStatus;

export const imagesAsk = async (link: Link): Promise<ImageState[]> =>
  expectDone(await link.ask(Op.Read, Group.Image, 0, {}))['images'] as ImageState[];

export const activateAsk = async (link: Link): Promise<void> => {
  const staged = (await imagesAsk(link)).find(({ slot }) => slot === 1);
  if (!staged) throw new PublishError('nothing is staged on the board', { field: 'PORT' });
  expectDone(await link.ask(Op.Write, Group.Image, 0, { hash: staged.hash, confirm: false }));
};

export const confirmAsk = async (link: Link): Promise<void> => {
  expectDone(await link.ask(Op.Write, Group.Image, 0, { confirm: true }));
};

export const resetAsk = async (link: Link): Promise<void> => {
  // Not answered, it may still have been heard.
  const answer = await link.tell(Op.Write, Group.Os, 5, {});
  if (answer) expectDone(answer);
};

/** A board that goes back restarts at once, and then there is no answer. */
export const revertAsk = async (link: Link): Promise<void> => {
  const answer = await link.tell(Op.Write, Group.Board, 1, {});
  if (answer) expectDone(answer);
};

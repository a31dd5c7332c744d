/**
 * Writes the blocks of the inactive slot in their order: kept, copied from the running slot, or made from a frame.
 *
 *   Decide → Frame → Name → Erase → Program → ReadBack → Decide ...
 *
 * One step does one slow thing. If power dies in Erase or Program: the group is named, and is erased again.
 */
import { Idle, More, Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { flashCompare, flashProgram, flashSectorAt, flashSectorStart, flashUp } from '../flash.ts';
import { BLOCK, Encoding, blockLength } from '../format/index.ts';
import { FORMAT_FRAMED } from '../format/labels.ts';
import {
  Decision,
  blockMatches,
  decide,
  decisionOf,
  digestMatches,
  encodingOf,
  entryLoad,
  frameLength,
  sourceFind,
} from './plan.ts';
import { ringAt, ringFill, ringPlace, ringTake } from './ring.ts';
import { groupEnd, groupStart, rangeErase, rangeName } from './transfer.ts';
import type { Transfer } from './transfer.ts';

export const BlockStep = { Decide: 0, Frame: 1, Name: 2, Erase: 3, Program: 4, ReadBack: 5 } as const;

/** Goes one step on. Idle: waits for bytes of the frame. */
export function blockStep(transfer: Transfer): number {
  switch (transfer.step) {
    case BlockStep.Decide:
      return blockDecide(transfer);
    case BlockStep.Frame:
      return Idle;
    case BlockStep.Name:
      return blockName(transfer);
    case BlockStep.Erase:
      return blockErase(transfer);
    case BlockStep.Program:
      return blockProgram(transfer);
    default:
      return blockReadBack(transfer);
  }
}

function blockDecide(transfer: Transfer): number {
  const block = transfer.block;
  const code = entryLoad(transfer, block);
  if (code < 0) return code;
  ringPlace(transfer);
  const decision = decisionOf(transfer, block);
  if (decision === Decision.Right) {
    transfer.kept++;
    blockNext(transfer);
    return More;
  }
  if (decision === Decision.Copy) {
    const length = blockLength(transfer.tail.imageSize, block);
    const found = sourceFind(transfer, length, transfer.copyHint);
    if (found >= 0 && blockMatches(transfer, transfer.source, found, length)) {
      transfer.copyHint = found + 1;
      transfer.copied++;
      transfer.step = BlockStep.Name;
      return More;
    }
    decide(transfer, block, Decision.Fetch);
  }
  transfer.frameGot = 0;
  transfer.step = BlockStep.Frame;
  return frameOpen(transfer);
}

function blockNext(transfer: Transfer): void {
  transfer.frameAt += frameLength(transfer);
  transfer.block++;
  transfer.step = BlockStep.Decide;
}

/** Makes inflate ready for a frame: the blocks before are its dictionary, from flash where they are not at hand. */
function frameOpen(transfer: Transfer): number {
  const block = transfer.block;
  if (encodingOf(transfer) !== Encoding.Deflate) return Idle;
  const code = ringFill(transfer);
  if (code < 0) return code;
  const length = blockLength(transfer.tail.imageSize, block);
  const have = Math.min(block * BLOCK, transfer.ring.length);
  transfer.inflate.begin(transfer.ring, transfer.place - ringAt(transfer), length, have);
  return Idle;
}

/** Takes bytes of the frame. Returns how many, or a code. */
export function framePush(transfer: Transfer, bytes: Uint8Array, from: number, to: number): number {
  const length = frameLength(transfer);
  const n = Math.min(to - from, length - transfer.frameGot);
  if (encodingOf(transfer) === Encoding.Stored) {
    const at = transfer.place + transfer.frameGot;
    for (let i = 0; i < n; i++) transfer.buffer[at + i] = bytes[from + i]!;
  } else {
    const took = transfer.inflate.push(bytes, from, from + n);
    if (took < 0) return Err.FrameMalformed;
    // The stream ended, the frame did not.
    if (took < n) return Err.FrameLength;
  }
  transfer.frameGot += n;
  if (transfer.frameGot < length) return n;
  const code = frameClose(transfer);
  return code < 0 ? code : n;
}

function frameClose(transfer: Transfer): number {
  const length = blockLength(transfer.tail.imageSize, transfer.block);
  if (encodingOf(transfer) === Encoding.Deflate) {
    const made = transfer.inflate.finish();
    if (made < 0) return Err.FrameMalformed;
    if (made !== length) return Err.FrameLength;
  }
  if (!digestMatches(transfer, length)) return Err.BlockDigest;
  transfer.fetched++;
  transfer.step = BlockStep.Name;
  return Ok;
}

function blockName(transfer: Transfer): number {
  const at = transfer.block * BLOCK;
  const from = groupStart(transfer.flash, at);
  const to = groupEnd(transfer.flash, at);
  const code = rangeName(transfer, from, to);
  if (code < 0) return code;
  const goesOn = transfer.openFrom === from && transfer.openTo === to && transfer.openFill === at;
  if (goesOn || from >= transfer.tailFrom) {
    // Erased with the tail, or erased and filled up to here.
    transfer.step = BlockStep.Program;
    return More;
  }
  transfer.eraseSector = flashSectorAt(transfer.flash, from);
  transfer.step = BlockStep.Erase;
  return More;
}

function blockErase(transfer: Transfer): number {
  const at = transfer.block * BLOCK;
  const from = groupStart(transfer.flash, at);
  const to = groupEnd(transfer.flash, at);
  const code = rangeErase(transfer, transfer.eraseSector, from, to);
  if (code < 0) return code;
  transfer.eraseSector++;
  // Past the end of the image a small sector of the last group is left as it is.
  const end = Math.min(to, at + blockLength(transfer.tail.imageSize, transfer.block));
  const many = to - from > BLOCK;
  const next = flashSectorStart(transfer.flash, transfer.eraseSector);
  if (next >= (many ? to : end)) transfer.step = BlockStep.Program;
  return More;
}

function blockProgram(transfer: Transfer): number {
  const at = transfer.block * BLOCK;
  const length = blockLength(transfer.tail.imageSize, transfer.block);
  const padded = flashUp(transfer.flash, length);
  const place = transfer.place;
  transfer.buffer.fill(transfer.flash.erased, place + length, place + padded);
  const code = flashProgram(transfer.flash, at, transfer.buffer, place, place + padded);
  if (code < 0) return code;
  if (transfer.openFill === at) transfer.openFill = at + padded;
  transfer.step = BlockStep.ReadBack;
  return More;
}

function blockReadBack(transfer: Transfer): number {
  const at = transfer.block * BLOCK;
  const length = blockLength(transfer.tail.imageSize, transfer.block);
  const code = flashCompare(transfer.flash, at, transfer.buffer, transfer.place, length, transfer.scratch);
  if (code < 0) return code;
  if (transfer.format === FORMAT_FRAMED) {
    ringTake(transfer);
    blockNext(transfer);
    return More;
  }
  transfer.block++;
  transfer.step = BlockStep.Decide;
  return More;
}

/** The payload range that is needed next: from the frame at work to the end of the run of frames that are fetched. */
export function blockWanted(transfer: Transfer, range: { offset: number; length: number }): number {
  range.offset = transfer.frameAt + transfer.frameGot;
  let length = -transfer.frameGot;
  let block = transfer.block;
  while (block < transfer.judged && decisionOf(transfer, block) === Decision.Fetch) {
    const code = entryLoad(transfer, block);
    if (code < 0) return code;
    length += frameLength(transfer);
    block++;
  }
  range.length = length;
  return entryLoad(transfer, transfer.block);
}

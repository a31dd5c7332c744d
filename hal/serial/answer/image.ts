/** Group 1: slots and uploads. Slot 0 is what runs, slot 1 the other one, whichever of A and B they are. */
import { Ok, Phase } from '../../../agent/codes.ts';
import type { Status } from '../../../agent/report.ts';
import { Act } from '../serving.ts';
import type { Serving } from '../serving.ts';
import { fieldEquals, fieldNumber, Key, Kind } from '../message/reader.ts';
import {
  writeArray,
  writeBoolean,
  writeBytes,
  writeKeyNumber,
  writeMap,
  writeText,
} from '../message/writer.ts';
import type { BodyWriter } from '../message/writer.ts';
import { uploadBegin, uploadChunk, uploadEnd, uploadIs, uploadLives } from '../upload.ts';
import { ImageRc, may, Rc, refuse, refuseCode, refuseGroup } from './refusal.ts';

/** Whether there is an upload that is whole. */
function isStaged(status: Status): boolean {
  return status.phase >= Phase.Staged && status.phase <= Phase.Activated;
}

export function stateRead(serving: Serving): void {
  const body = serving.body;
  const status = serving.status;
  serving.agent.status(status);
  const staged = isStaged(status);
  writeMap(body, 1);
  writeText(body, 'images');
  writeArray(body, staged ? 2 : 1);
  imageWrite(body, 0, status.sequence, status.digest);
  flagsWrite(body, status.trial === 0, true, false);
  if (!staged) return;
  imageWrite(body, 1, status.offered, status.offeredDigest);
  flagsWrite(body, false, false, status.phase === Phase.Activated);
}

/** The version of an image is its sequence number, its hash the digest of its manifest. */
function imageWrite(body: BodyWriter, slot: number, sequence: number, digest: Uint8Array): void {
  writeMap(body, 7);
  writeKeyNumber(body, 'slot', slot);
  writeText(body, 'version');
  writeText(body, `${sequence}`);
  writeText(body, 'hash');
  writeBytes(body, digest, 0, digest.length);
  writeText(body, 'bootable');
  writeBoolean(body, true);
}

function flagsWrite(body: BodyWriter, confirmed: boolean, active: boolean, pending: boolean): void {
  writeText(body, 'confirmed');
  writeBoolean(body, confirmed);
  writeText(body, 'active');
  writeBoolean(body, active);
  writeText(body, 'pending');
  writeBoolean(body, pending);
}

/** Test: what is staged boots on trial. Confirm: what runs is good; nothing is confirmed that never ran. */
export function stateWrite(serving: Serving): void {
  const fields = serving.fields;
  const status = serving.status;
  serving.agent.status(status);
  const confirm = fields.kinds[Key.Confirm] === Kind.Boolean && fields.values[Key.Confirm] === 1;
  const named = fields.kinds[Key.Hash] !== Kind.Absent;
  const runs = fieldEquals(fields, Key.Hash, status.digest);
  const offered = fieldEquals(fields, Key.Hash, status.offeredDigest);
  let code: number = Ok;
  if (confirm) {
    if (named && !runs) return refuseGroup(serving, ImageRc.ConfirmDenied, Rc.BadState);
    if (!may(serving, Act.Confirm)) return;
    // Said twice, because the answer was lost, it is still true.
    if (status.trial !== 0) code = serving.agent.confirm();
  } else {
    if (!named) return refuseGroup(serving, ImageRc.InvalidHash, Rc.Invalid);
    if (runs) return refuseGroup(serving, ImageRc.TestActiveDenied, Rc.BadState);
    if (!offered || !isStaged(status)) return refuseGroup(serving, ImageRc.NoImage, Rc.NoEntry);
    if (!may(serving, Act.Activate)) return;
    if (status.phase === Phase.Staged) code = serving.agent.activate();
  }
  if (code < 0) refuseCode(serving, code);
  else stateRead(serving);
}

/** Begins, goes on, or asks where to go on. The answer comes when the agent has taken the chunk. */
export function uploadWrite(serving: Serving): void {
  const fields = serving.fields;
  const upload = serving.upload;
  const off = fieldNumber(fields, Key.Off);
  const data = fields.kinds[Key.Data] === Kind.Bytes;
  const from = data ? fields.values[Key.Data]! : 0;
  const to = data ? fields.ends[Key.Data]! : 0;
  if (off < 0) return refuseGroup(serving, ImageRc.InvalidOffset, Rc.Invalid);
  if (!may(serving, Act.Upload)) return;
  if (off === 0) {
    const code = uploadStart(serving);
    if (code > 0) return refuseGroup(serving, code, Rc.Invalid);
    if (code < 0) return refuseCode(serving, code);
  } else if (!uploadLives(upload)) {
    // After a reset nothing is known: from the start, and that goes fast, for what is in flash is jumped over.
    uploadAnswer(serving, 0);
    return;
  }
  if (!(off + to - from <= upload.size)) return refuseGroup(serving, ImageRc.DataOverrun, Rc.Invalid);
  uploadChunk(upload, off, fields.bytes, from, to);
  serving.working = true;
}

/** 0, an error of the group above it, or the agent's code. */
function uploadStart(serving: Serving): number {
  const fields = serving.fields;
  const size = fieldNumber(fields, Key.Len);
  if (!(size > 0)) return ImageRc.InvalidLength;
  const named = fields.kinds[Key.Sha] === Kind.Bytes;
  const from = named ? fields.values[Key.Sha]! : 0;
  const to = named ? fields.ends[Key.Sha]! : 0;
  if (uploadIs(serving.upload, size, fields.bytes, from, to)) return Ok;
  return uploadBegin(serving.upload, size, fields.bytes, from, to);
}

export function uploadAnswer(serving: Serving, off: number): void {
  writeMap(serving.body, 1);
  writeKeyNumber(serving.body, 'off', off);
}

/** Nothing is erased for that: the next update does, and what is right in the slot serves it. */
export function erase(serving: Serving): void {
  const slot = fieldNumber(serving.fields, Key.Slot);
  if (!(slot === -1 || slot === 1)) return refuseGroup(serving, ImageRc.InvalidSlot, Rc.Invalid);
  if (!may(serving, Act.Cancel)) return;
  const code = serving.agent.cancel();
  if (code < 0) return refuseCode(serving, code);
  uploadEnd(serving.upload);
  writeMap(serving.body, 0);
}

export function slotInfo(serving: Serving): void {
  const body = serving.body;
  const size = serving.options.slotSize;
  if (!(size !== undefined && size > 0)) return refuse(serving, Rc.NotSupported);
  writeMap(body, 1);
  writeText(body, 'images');
  writeArray(body, 1);
  writeMap(body, 2);
  writeKeyNumber(body, 'image', 0);
  writeText(body, 'slots');
  writeArray(body, 2);
  for (let slot = 0; slot < 2; slot++) {
    writeMap(body, 2 + slot);
    writeKeyNumber(body, 'slot', slot);
    writeKeyNumber(body, 'size', size);
    if (slot === 1) writeKeyNumber(body, 'upload_image_id', 0);
  }
}

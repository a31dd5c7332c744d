/** Group 70, flipside's own: what the agent says of the board, in its own numbers, and the way back. */
import { Act } from '../serving.ts';
import type { Serving } from '../serving.ts';
import { writeKeyNumber, writeMap, writeText, writeTextBytes } from '../message/writer.ts';
import { may, refuseCode } from './refusal.ts';

/** agent/report.ts says what each is. */
export function boardRead(serving: Serving): void {
  const body = serving.body;
  const status = serving.status;
  const report = serving.report;
  serving.agent.status(status);
  serving.agent.report(report);
  writeMap(body, 23);
  writeKeyNumber(body, 'phase', status.phase);
  writeKeyNumber(body, 'code', status.code);
  writeKeyNumber(body, 'running', status.running);
  writeKeyNumber(body, 'trial', status.trial);
  writeKeyNumber(body, 'attempt', status.attempt);
  writeKeyNumber(body, 'sequence', status.sequence);
  writeKeyNumber(body, 'accepted', status.accepted);
  writeKeyNumber(body, 'floor', status.floor);
  writeKeyNumber(body, 'offered', status.offered);
  writeKeyNumber(body, 'payload', status.payloadSize);
  writeKeyNumber(body, 'blocks', status.blocks);
  writeKeyNumber(body, 'fetched', status.blocksFetched);
  writeKeyNumber(body, 'copied', status.blocksCopied);
  writeKeyNumber(body, 'kept', status.blocksKept);
  writeKeyNumber(body, 'event', report.event);
  writeKeyNumber(body, 'why', report.code);
  writeKeyNumber(body, 'detail', report.detail);
  writeKeyNumber(body, 'cause', report.cause);
  writeKeyNumber(body, 'from', report.from);
  writeKeyNumber(body, 'to', report.to);
  writeText(body, 'check');
  const name = report.check;
  let length = 0;
  while (length < name.length && name[length]! !== 0) length++;
  writeTextBytes(body, name, 0, length);
  writeKeyNumber(body, 'taken', serving.upload.taken);
  writeKeyNumber(body, 'dropped', serving.reader.dropped);
}

/** On a board that does restart there is no answer to a revert that is carried out; status tells of it afterwards. */
export function revert(serving: Serving): void {
  if (!may(serving, Act.Revert)) return;
  const code = serving.agent.revert();
  if (code < 0) return refuseCode(serving, code);
  writeMap(serving.body, 0);
}

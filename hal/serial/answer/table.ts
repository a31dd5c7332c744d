/** Which request is answered by which function. */
import type { Serving } from '../serving.ts';
import { Op } from '../message/header.ts';
import { boardRead, revert } from './board.ts';
import { erase, slotInfo, stateRead, stateWrite, uploadWrite } from './image.ts';
import { bootloader, echo, parameters, reset } from './os.ts';

/** Groups; those from 64 on are free for users. */
export const Group = { Os: 0, Image: 1, Board: 70 } as const;

interface Row {
  readonly group: number;
  readonly command: number;
  readonly op: number;
  /** Writes the body of the answer, or sets `working`. */
  readonly answer: (serving: Serving) => void;
}

export const TABLE: readonly Row[] = [
  { group: Group.Os, command: 0, op: Op.Write, answer: echo },
  { group: Group.Os, command: 0, op: Op.Read, answer: echo },
  { group: Group.Os, command: 5, op: Op.Write, answer: reset },
  { group: Group.Os, command: 6, op: Op.Read, answer: parameters },
  { group: Group.Os, command: 8, op: Op.Read, answer: bootloader },
  { group: Group.Image, command: 0, op: Op.Read, answer: stateRead },
  { group: Group.Image, command: 0, op: Op.Write, answer: stateWrite },
  { group: Group.Image, command: 1, op: Op.Write, answer: uploadWrite },
  { group: Group.Image, command: 5, op: Op.Write, answer: erase },
  { group: Group.Image, command: 6, op: Op.Read, answer: slotInfo },
  { group: Group.Board, command: 0, op: Op.Read, answer: boardRead },
  { group: Group.Board, command: 1, op: Op.Write, answer: revert },
];

/** What a request of a server asks for: its options read, and the operation that they come to. */
import { Code, Option } from '../../coap/numbers.ts';
import { optionCursorNew, optionFirst, optionIs, optionNext, optionUint } from '../../coap/message.ts';
import type { Message, OptionCursor } from '../../coap/message.ts';
import { ContentFormat } from '../format/content-format.ts';
import { pathNew, pathPush } from '../format/path.ts';
import type { Path } from '../format/path.ts';

export const Operation = {
  Read: 1,
  Discover: 2,
  Observe: 3,
  CancelObserve: 4,
  Write: 5, // replaces
  Update: 6, // writes in part
  WriteAttributes: 7,
  Execute: 8,
  Create: 9,
  Delete: 10,
  Finish: 11, // POST /bs, of a bootstrap server
} as const;

/** An option that is not there. */
export const ABSENT = -1;

export interface Asked {
  operation: number;
  readonly path: Path;
  /** Content format of the payload, format that is accepted; `ABSENT`. */
  format: number;
  accept: number;
  observe: number;
  /** The payload is a block of more: of Block1, not the only one. */
  part: boolean;
  /** Block2 that is asked for: offset and exponent; `ABSENT`. */
  answerBlock: number;
  answerSize: number;
  /** There is a query. */
  query: boolean;
  readonly cursor: OptionCursor;
}

const BOOTSTRAP = 'bs';
/** Longer ones are refused; a byte of a format is enough for 11542. */
const FORMAT_BYTES = 2;
const BLOCK_BYTES = 3;
const OBSERVE_BYTES = 3;
const SIZE_RESERVED = 7;

export function askedNew(): Asked {
  return {
    operation: 0,
    path: pathNew(),
    format: ABSENT,
    accept: ABSENT,
    observe: ABSENT,
    part: false,
    answerBlock: ABSENT,
    answerSize: 0,
    query: false,
    cursor: optionCursorNew(),
  };
}

/** 0, or the code to answer with: what was asked cannot be. */
export function askedRead(asked: Asked, message: Message): number {
  asked.path.length = 0;
  asked.format = ABSENT;
  asked.accept = ABSENT;
  asked.observe = ABSENT;
  asked.part = false;
  asked.answerBlock = ABSENT;
  asked.query = false;
  let bootstrap = false;
  let there = optionFirst(asked.cursor, message);
  while (there) {
    const cursor = asked.cursor;
    if (cursor.number === Option.UriPath && cursor.from < cursor.to) {
      if (asked.path.length === 0 && !bootstrap && optionIs(cursor, BOOTSTRAP)) bootstrap = true;
      else if (bootstrap || !pathPush(asked.path, cursor.bytes, cursor.from, cursor.to)) return Code.NotFound;
    } else {
      const code = optionRead(asked, cursor);
      if (code !== 0) return code;
    }
    there = optionNext(cursor);
  }
  return operationOf(asked, message, bootstrap);
}

function optionRead(asked: Asked, cursor: OptionCursor): number {
  const number = cursor.number;
  if (number === Option.ContentFormat) asked.format = optionUint(cursor, FORMAT_BYTES);
  else if (number === Option.Accept) {
    asked.accept = optionUint(cursor, FORMAT_BYTES);
    if (asked.accept < 0) return Code.NotAcceptable;
  } else if (number === Option.Observe) asked.observe = optionUint(cursor, OBSERVE_BYTES);
  else if (number === Option.UriQuery) asked.query = true;
  else if (number === Option.Block1) return blockRead(asked, optionUint(cursor, BLOCK_BYTES));
  else if (number === Option.Block2) return answerBlockRead(asked, optionUint(cursor, BLOCK_BYTES));
  else if (
    (number & 1) === 1 &&
    number !== Option.UriHost &&
    number !== Option.UriPort &&
    number !== Option.UriPath
  ) {
    return Code.BadOption;
  }
  return 0;
}

/** NUM, M and SZX (RFC 7959 section 2.2). */
function blockRead(asked: Asked, value: number): number {
  if (value < 0 || (value & 7) === SIZE_RESERVED) return Code.BadRequest;
  asked.part = value >> 4 > 0 || (value & 8) !== 0;
  return 0;
}

function answerBlockRead(asked: Asked, value: number): number {
  const size = value & 7;
  if (value < 0 || size === SIZE_RESERVED) return Code.BadRequest;
  asked.answerSize = size;
  asked.answerBlock = (value >> 4) << (size + 4);
  return 0;
}

/** LwM2M 1.1 core, table 6.3.4-1 and its neighbours: method, and what comes with it. */
function operationOf(asked: Asked, message: Message, bootstrap: boolean): number {
  const method = message.code;
  const length = asked.path.length;
  const payload = message.end > message.payload || asked.part;
  asked.operation = 0;
  if (bootstrap) asked.operation = method === Code.Post ? Operation.Finish : 0;
  else if (method === Code.Get) {
    asked.operation = Operation.Read;
    if (asked.accept === ContentFormat.Link) asked.operation = Operation.Discover;
    else if (asked.observe === 0) asked.operation = Operation.Observe;
    else if (asked.observe === 1) asked.operation = Operation.CancelObserve;
  } else if (method === Code.Put && length > 0) {
    const attributes = asked.format === ABSENT && !payload && asked.query;
    asked.operation = attributes ? Operation.WriteAttributes : Operation.Write;
  } else if (method === Code.Post && length > 0) {
    if (length === 1) asked.operation = Operation.Create;
    else asked.operation = length === 2 ? Operation.Update : Operation.Execute;
  } else if (method === Code.Delete) asked.operation = Operation.Delete;
  return asked.operation === 0 ? Code.MethodNotAllowed : 0;
}

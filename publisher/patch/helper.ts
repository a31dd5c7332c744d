/** A thread of team.ts. */
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { boardHelp } from './board.ts';
import type { Board } from './board.ts';

const { board, port } = workerData as { readonly board: Board; readonly port: MessagePort };
boardHelp(board, port);

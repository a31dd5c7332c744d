/** What the server is told of a stage. */
import { bytesEqual } from '../../agent/bytes.ts';
import { Execution, feedbackText, Finished, proofLines } from './format-feedback.ts';
import { Handling, Window } from './format-deployment.ts';
import { Stage } from './stage.ts';
import { wentBack } from './state.ts';
import type { Client } from './state.ts';

type Row = readonly [execution: string, finished: string, count: number, words: string];

/** Steps of a whole update, for the progress. */
const STEPS = 5;
const DIGEST = 32;
const PROOF_MAX = 512;

/** By Stage. */
const ROWS: readonly Row[] = [
  [Execution.Proceeding, Finished.None, 0, ''],
  [Execution.Download, Finished.None, 1, 'downloads it'],
  [Execution.Downloaded, Finished.None, 2, 'proven in the inactive slot'],
  [Execution.Scheduled, Finished.None, 2, 'waits'],
  [Execution.Proceeding, Finished.None, 3, 'activated: restarts into it'],
  [Execution.Proceeding, Finished.None, 4, 'runs on trial'],
  [Execution.Closed, Finished.Success, STEPS, 'confirmed'],
  [Execution.Closed, Finished.Failure, 0, 'it was not taken'],
];

export const codeWords = (client: Client, code: number): string =>
  client.options.explain ? client.options.explain(code) : 'code ' + code;

function checkName(client: Client): string {
  const check = client.report.check;
  let name = '';
  for (let i = 0; i < check.length && check[i]! !== 0; i++) name += String.fromCharCode(check[i]!);
  return name;
}

/** It ran, and did not stay. */
function backWords(client: Client): string {
  const report = client.report;
  const check = checkName(client);
  const named = check === '' ? '' : ', health check "' + check + '"';
  const detail = report.detail === 0 ? '' : ', reason ' + report.detail;
  return 'the device went back: ' + codeWords(client, client.kept.code) + named + detail;
}

function waitWords(client: Client): string {
  const deployment = client.deployment;
  if (client.kept.code !== 0) return 'waits: ' + codeWords(client, client.kept.code);
  if (deployment.window === Window.Unavailable) return 'waits for the maintenance window';
  if (deployment.update === Handling.Skip) return 'waits: it is not to be installed yet';
  return 'waits: the server leaves the moment to the device';
}

function stageWords(client: Client): string {
  const kept = client.kept;
  const usual = ROWS[kept.stage]![3];
  if (kept.stage === Stage.Waiting) return waitWords(client);
  if (kept.stage === Stage.Fetching && kept.code !== 0) return 'tries again: ' + codeWords(client, kept.code);
  if (kept.stage !== Stage.Failure) return usual;
  const its = bytesEqual(client.report.digest, 0, kept.digest, 0, DIGEST);
  if (its && wentBack(client.report)) return backWords(client);
  return usual + ': ' + codeWords(client, kept.code);
}

/** Blocks are counted by the session that staged it. */
function blockWords(client: Client): string {
  const status = client.status;
  if (client.kept.stage !== Stage.Staged || !(status.blocks > 0)) return '';
  const parts = status.blocksFetched + ' fetched, ' + status.blocksCopied + ' copied, ' + status.blocksKept;
  return status.blocks + ' blocks: ' + parts + ' there already';
}

function proof(client: Client): readonly string[] {
  const prove = client.options.prove;
  if (!prove) return [];
  const bytes = new Uint8Array(PROOF_MAX);
  const length = prove(bytes, client.status, client.report);
  return length > 0 ? proofLines(bytes, length) : [];
}

/** Body of the feedback to where the action stands. */
export function stageText(client: Client): string {
  const row = ROWS[client.kept.stage]!;
  const feedback = {
    execution: row[0],
    finished: row[1],
    count: row[2],
    total: row[1] === Finished.Failure ? 0 : STEPS,
    code: client.kept.code,
    details: [stageWords(client), blockWords(client)].concat(proof(client)),
  };
  return feedbackText(feedback, client.kept.id);
}

/** Body of the answer to a request to cancel. */
export function recallText(id: string, rejected: boolean): string {
  const feedback = {
    execution: rejected ? Execution.Rejected : Execution.Closed,
    finished: rejected ? Finished.None : Finished.Success,
    count: 0,
    total: 0,
    code: 0,
    details: [
      rejected ? 'runs already, or boots next: too late to take it back' : 'taken back before it ran',
    ],
  };
  return feedbackText(feedback, id);
}

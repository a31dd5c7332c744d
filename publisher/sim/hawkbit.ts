/** A simulated board that a hawkBit server manages, over real sockets and in real time. */
import { join } from 'node:path';
import { hawkbitBoard } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { Stage } from '../../hal/hawkbit/index.ts';
import type { Attribute, PollBounds } from '../../hal/hawkbit/index.ts';
import { DdiLink } from '../../hal/node/hawkbit.ts';
import { openHawkbitDevice } from '../../hal/node/hawkbit-device.ts';
import type { HawkbitDevice, HawkbitDeviceOptions } from '../../hal/node/hawkbit-device.ts';
import { keepFile } from '../../hal/node/keep.ts';
import { codeText } from '../explain.ts';
import { simClock } from './clock.ts';

export interface SimHawkbitOptions extends Pick<
  HawkbitDeviceOptions,
  'url' | 'token' | 'kind' | 'hosts' | 'ca' | 'confirm' | 'prove'
> {
  /** In which the board is kept; the record of the action lies beside it. */
  readonly folder: string;
  readonly attributes: readonly Attribute[];
  readonly bounds?: PollBounds | undefined;
  readonly onLine: (line: string) => void;
  /** Behind each step: nothing is assigned, and all is told. */
  readonly onSettled?: (() => void) | undefined;
}

export interface RunningSimHawkbit {
  close(): void;
}

const KEPT = 'hawkbit-action';

const stageName = (stage: number): string =>
  Object.entries(Stage).find(([, number]) => number === stage)?.[0] ?? String(stage);

const lineOf = (action: string, stage: number, code: number): string => {
  const why = code < 0 ? `: ${codeText(code)}` : '';
  return `action ${action}: ${stageName(stage)}${why}`;
};

/** Runs until it is closed. Throws HttpError where address or token cannot be. */
export const simHawkbit = (board: Board, options: SimHawkbitOptions): RunningSimHawkbit => {
  const { folder, attributes, onLine, onSettled, ...given } = options;
  // What is wrong with address or token is said at once, and not by the first boot.
  new DdiLink({ ...given, kind: given.kind ?? 'target' }).close();
  const keep = keepFile(join(folder, KEPT));
  let device: HawkbitDevice | undefined;
  let trouble = '';
  const managed = hawkbitBoard(board, {
    keep: () => keep,
    open(boot) {
      const opened = openHawkbitDevice({
        ...given,
        ...boot,
        attributes: () => attributes,
        explain: codeText,
        onStage: (stage, code) => {
          if (stage !== Stage.None) onLine(lineOf(opened.client.action(), stage, code));
        },
        onTrouble: (words) => {
          if (words !== trouble) onLine(words);
          trouble = words;
        },
      });
      opened.watch(() => clock.poke());
      device = opened;
      return opened.client;
    },
    close: () => device?.close(),
  });
  const clock = simClock(managed, () => {
    if (managed.client?.settled() === true) onSettled?.();
  });
  return {
    close() {
      clock.stop();
      device?.close();
    },
  };
};

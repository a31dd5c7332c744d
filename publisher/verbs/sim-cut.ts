import { unplug } from '../../bootloader-sim/index.ts';
import { boardOpen } from '../sim/board.ts';
import { settingsLoad, settingsSave } from '../sim/settings.ts';
import { choice, optionalNumber } from './values.ts';
import type { Verb } from './verb.ts';

export const simCut: Verb = {
  example: 'flipside sim cut board --operation 40 --where inside',
  define(command) {
    command
      .argument('<board>', 'the folder of flipside sim create')
      .option('--operation <n>', 'at this erase or program, counted from the next command; 0 is its first')
      .option('--where <place>', 'before, inside or after it', 'inside')
      .option('--unit <n>', 'inside: which program unit is torn', '0')
      .option('--seed <n>', 'inside: picks the bits that are torn', '1');
  },
  run([given], options) {
    const folder = given as string;
    const operation = optionalNumber(options, 'operation');
    const where = choice(options, 'where', ['before', 'inside', 'after'], 'inside');
    if (operation === undefined) {
      const { board } = boardOpen(folder);
      unplug(board);
      board.close();
      return { rows: [{ cut: 'now' }], text: 'the power is gone; the next boot is after a loss of power' };
    }
    const unit = optionalNumber(options, 'unit') ?? 0;
    const seed = optionalNumber(options, 'seed') ?? 1;
    settingsSave(folder, { ...settingsLoad(folder), cut: { operation, where, unit, seed } });
    return {
      rows: [{ cut: 'planned', operation, where, unit, seed }],
      text: `planned: in the next offer or boot the power goes ${where} flash operation ${operation}`,
    };
  },
};

/** How far each group of a fleet is: bars on a terminal, lines now and then elsewhere; on stderr. */
import { stderr } from 'node:process';
import { MultiBar } from 'cli-progress';
import type { SingleBar } from 'cli-progress';
import type { FleetDevice } from '../../bootloader-sim/fleet/contract.ts';
import type { GroupWatched } from './watch.ts';

const DRAW = 200;
const LINE = 5000;
const FORMAT = '{group} {bar} {value}/{total} new   {rest}';

export interface BarsOptions {
  readonly devices: readonly FleetDevice[];
  /** Failures at which a group stops. */
  readonly lines: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, GroupWatched>;
}

export interface Bars {
  stop(): void;
}

interface Counted {
  readonly group: string;
  readonly total: number;
  readonly fresh: number;
  readonly rest: string;
}

const counted = ({ devices, lines, groups }: BarsOptions): Counted[] => {
  const names = [...new Set(devices.map(({ group }) => group))];
  return names.map((group) => {
    const here = devices.filter((one) => one.group === group);
    const many = (state: FleetDevice['state']): number => here.filter((one) => one.state === state).length;
    const line = lines.get(group);
    const phase = groups.get(group)?.phase;
    const parts = [
      `${many('receiving')} receiving`,
      `${many('trial')} on trial`,
      `${many('reverted')} back`,
      ...(line === undefined ? [] : [`stops at ${line}`]),
      ...(phase === 'stopped' ? ['STOPPED'] : phase === 'waiting' ? ['waits'] : []),
    ];
    return { group, total: here.length, fresh: many('new'), rest: parts.join(', ') };
  });
};

const onTerminal = (options: BarsOptions): Bars => {
  const all = new MultiBar({ format: FORMAT, stream: stderr, barsize: 24, hideCursor: true });
  const width = Math.max(...options.devices.map(({ group }) => group.length));
  const bars = new Map<string, SingleBar>();
  const draw = (): void => {
    for (const { group, total, fresh, rest } of counted(options)) {
      const payload = { group: group.padEnd(width), rest };
      const bar = bars.get(group);
      if (bar === undefined) bars.set(group, all.create(total, fresh, payload));
      else bar.update(fresh, payload);
    }
  };
  draw();
  const timer = setInterval(draw, DRAW);
  return {
    stop() {
      clearInterval(timer);
      draw();
      all.stop();
    },
  };
};

export const barsOpen = (options: BarsOptions): Bars => {
  if (stderr.isTTY) return onTerminal(options);
  const written = new Map<string, string>();
  const timer = setInterval(() => {
    for (const { group, total, fresh, rest } of counted(options)) {
      const line = `${group} ${fresh}/${total} new, ${rest}\n`;
      if (written.get(group) !== line) stderr.write(line);
      written.set(group, line);
    }
  }, LINE);
  return { stop: () => clearInterval(timer) };
};

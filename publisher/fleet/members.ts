/** Who is in a simulated fleet: by counts and groups, or by the list of a gateway; and the list that a gateway is given. */
import type { FleetMember } from '../../bootloader-sim/fleet/contract.ts';
import { deviceIdentity, deviceToken } from '../../bootloader-sim/fleet/identity.ts';
import { devicesLoad, devicesSave } from '../../gateway/config/devices.ts';
import type { GatewayConfig } from '../../gateway/config/config.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { Exit, PublishError } from '../errors.ts';
import { writeWhole } from '../files.ts';
import { reportKeyText } from '../report-key.ts';

/** Of one process. */
const DEVICES_MAX = 10_000;
const GROUP = /^[\w.-]{1,24}$/;
const GROUPS_REMEDY =
  'Give NAME:COUNT, with commas between; one may stand without a count: it takes the rest';

const usage = (what: string, field: string, remedy: string): PublishError =>
  new PublishError(what, { field, remedy, exit: Exit.Usage });

interface Wanted {
  readonly name: string;
  readonly count: number | undefined;
}

const wantedOf = (text: string): Wanted[] =>
  text.split(',').map((one) => {
    const [name = '', count, ...more] = one.trim().split(':');
    const right = GROUP.test(name) && more.length === 0 && (count === undefined || /^\d{1,6}$/.test(count));
    if (!right) throw usage(`"${one}" is no group`, '--groups', GROUPS_REMEDY);
    return { name, count: count === undefined ? undefined : Number(count) };
  });

/** `devices`: of all groups. A device is `<group>-<number>`. */
export const membersOf = (devices: number | undefined, groups: string | undefined): FleetMember[] => {
  const wanted = wantedOf(groups ?? 'device');
  if (new Set(wanted.map(({ name }) => name)).size !== wanted.length)
    throw usage('a group is there twice', '--groups', GROUPS_REMEDY);
  const counted = wanted.reduce((sum, { count = 0 }) => sum + count, 0);
  const open = wanted.filter(({ count }) => count === undefined).length;
  const rest = (devices ?? counted) - counted;
  if (open > 1 || rest < 0 || (open === 0 && rest > 0))
    throw usage(`${devices ?? counted} devices do not come out as "${groups}"`, '--groups', GROUPS_REMEDY);
  const total = counted + (open === 0 ? 0 : rest);
  if (!(total >= 1 && total <= DEVICES_MAX))
    throw usage(`${total} devices`, '--devices', `Give 1 to ${DEVICES_MAX}; more in several processes`);
  return wanted.flatMap(({ name, count = rest }) =>
    Array.from({ length: count }, (_, at) => ({ id: `${name}-${at + 1}`, group: name })),
  );
};

const keyTextOf = (seed: number, id: string): string => {
  const { keyId, publicKey } = deviceIdentity(seed, id, 0);
  return reportKeyText({ algorithm: 'ed25519', keyId, key: publicKey });
};

/** The list of devices of a gateway, with the public keys that verify what these devices report: nothing in it is secret. */
export const inventoryWrite = (
  file: string,
  members: readonly FleetMember[],
  seed: number,
  of: { readonly vendor?: string; readonly classId?: string },
): void =>
  devicesSave(
    file,
    members.map(({ id }) => ({ id, group: '', ...of, reportKey: keyTextOf(seed, id) })),
  );

/** The body of hawkBit's `POST /rest/v1/targets`, which knows the devices by their tokens from then on. */
export const targetsWrite = (file: string, members: readonly FleetMember[], seed: number): void => {
  const targets = members.map(({ id }) => ({
    controllerId: id,
    name: id,
    securityToken: deviceToken(seed, id),
  }));
  writeWhole(file, `${JSON.stringify(targets, null, 2)}\n`, '--write-inventory');
};

const sameKey = (text: string, own: string): boolean =>
  JSON.stringify(JSON.parse(text)) === JSON.stringify(JSON.parse(own));

const INVENTORY_REMEDY =
  'Write the list anew: flipside fleet --write-inventory, with the same --seed and groups';

/**
 * Those that a gateway's list has, with the groups of its plan. `given`: these and no others. Throws where the gateway would
 * believe none of what a device says.
 */
export const membersBehind = (
  config: GatewayConfig,
  given: readonly FleetMember[] | undefined,
  seed: number,
): FleetMember[] => {
  const entries = devicesLoad(config.devices);
  const { of } = groupsOf({ ...config.plan, pairs: [] }, entries);
  const own = entries.filter(
    ({ id, reportKey }) => reportKey.startsWith('{') && sameKey(reportKey, keyTextOf(seed, id)),
  );
  const ids = new Set(own.map(({ id }) => id));
  const stranger = given?.find(({ id }) => !ids.has(id));
  if (stranger !== undefined || ids.size === 0) {
    const what =
      stranger === undefined ? 'has no device of this seed' : `does not have ${stranger.id} with its key`;
    throw new PublishError(what, { file: config.devices, field: '--gateway', remedy: INVENTORY_REMEDY });
  }
  const wanted = given === undefined ? own : given;
  return wanted.map(({ id }) => ({ id, group: of.get(id)! }));
};

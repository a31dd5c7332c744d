import test from 'ava';
import fc from 'fast-check';
import { keepRead, keepWrite, keptNew, KEEP_MAX } from '../../hal/lwm2m/firmware/keep.ts';
import { Happening, machineMay, machineStep, Result, State } from '../../hal/lwm2m/firmware/machine.ts';
import { argumentsValid } from '../../hal/lwm2m/model/arguments.ts';

const ARGUMENTS: readonly (readonly [string, boolean])[] = [
  ['', true],
  ['0', true],
  ["2='10.3'", true],
  ["7,0='https://example.com',5", true],
  ["0=''", true],
  ['10', false],
  ['0,', false],
  [',0', false],
  ["0='", false],
  ['0=1', false],
  ["0='a'b", false],
  ['a', false],
  [`0='${'x'.repeat(251)}'`, true],
  [`0='${'x'.repeat(252)}'`, false],
];

for (const [text, valid] of ARGUMENTS) {
  test(`arguments of Execute: ${text.slice(0, 40)} (${text.length})`, (t) => {
    const bytes = new TextEncoder().encode(text);
    t.is(argumentsValid(bytes, 0, bytes.length), valid);
  });
}

const STATES = Object.values(State);
const HAPPENINGS = Object.values(Happening);

test('the state machine: where each thing may happen', (t) => {
  const may = Object.fromEntries(
    Object.entries(Happening).map(([name, happening]) => [
      name,
      STATES.filter((state) => machineMay({ state, result: 0 }, happening)).join(''),
    ]),
  );
  t.deepEqual(may, {
    Begin: '0',
    Reset: '012',
    Fail: '01',
    Done: '1',
    Update: '2',
    Defer: '2',
    Lost: '2',
    Refuse: '2',
    Cancel: '12',
    Confirm: '3',
    Revert: '3',
  });
});

test('the state machine: whatever happens, in whatever order, results fit their states', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 30 }), (happenings) => {
      const machine = { state: State.Idle as number, result: Result.Initial as number };
      for (const happening of happenings) {
        const before = { ...machine };
        const may = machineMay(machine, happening);
        t.is(machineStep(machine, happening, Result.Failed), may);
        if (!may) t.deepEqual(machine, before);
        // A result of before is gone while something is under way.
        if (machine.state === State.Downloading || machine.state === State.Updating)
          t.is(machine.result, Result.Initial);
        if (machine.result === Result.Success) t.is(machine.state, State.Idle);
        if (machine.result === Result.Deferred) t.is(machine.state, State.Downloaded);
      }
    }),
  );
});

test('the record of object 5: read as it was written, and torn it is none', (t) => {
  const kept = keptNew();
  kept.state = State.Updating;
  kept.result = Result.Failed;
  kept.severity = 2;
  kept.defer = 86_400;
  kept.changed = 1_800_000_000;
  kept.digest.fill(7);
  kept.uri.set(new TextEncoder().encode('coap://origin/2.suit'));
  kept.uriLength = 20;
  const bytes = new Uint8Array(KEEP_MAX);
  const length = keepWrite(kept, bytes);
  const again = keptNew();
  t.true(keepRead(again, bytes, length));
  t.deepEqual(again, kept);
  for (let at = 0; at < length; at++) {
    const torn = bytes.slice();
    torn[at]! ^= 0x11;
    const none = keptNew();
    t.false(keepRead(none, torn, length), `byte ${at}`);
    t.deepEqual(none, keptNew());
    t.false(keepRead(none, bytes, at), `cut at ${at}`);
  }
});

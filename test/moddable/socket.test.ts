import test from 'ava';
import { moddableSocket } from '../../hal/moddable/index.ts';
import type { SdkSocket, SdkSocketOptions } from '../../hal/moddable/index.ts';

/** What came last of "embedded:io/socket/tcp", and what was called. */
class TCP implements SdkSocket {
  static last: TCP;
  readonly options: SdkSocketOptions;
  readonly calls: unknown[] = [];
  format = 'buffer';
  constructor(options: SdkSocketOptions) {
    this.options = options;
    TCP.last = this;
  }
  read(...args: unknown[]): unknown {
    this.calls.push(['read', ...args]);
    return 65;
  }
  write(...args: unknown[]): unknown {
    this.calls.push(['write', ...args]);
    return 9;
  }
  close(): void {
    this.calls.push(['close']);
  }
}

const open = (options: Partial<SdkSocketOptions>): { socket: SdkSocket; tcp: TCP } => {
  const none = { onReadable: () => {}, onWritable: () => {}, onError: () => {} };
  const socket = new (moddableSocket(TCP))({ ...none, ...options });
  return { socket, tcp: TCP.last };
};

const broken = (): never => {
  throw new Error('broken');
};

for (const name of ['onReadable', 'onWritable'] as const)
  test(`what ${name} throws is told as a lost connection`, (t) => {
    let lost = 0;
    const { tcp } = open({ [name]: broken, onError: () => void lost++ });
    t.notThrows(() => tcp.options[name](1));
    t.is(lost, 1);
    tcp.options.onError();
    t.is(lost, 2);
  });

test('what onError throws goes no further', (t) => {
  const { tcp } = open({ onReadable: broken, onError: broken });
  t.notThrows(() => tcp.options.onReadable(1));
  t.notThrows(() => tcp.options.onError());
});

test('counts and calls come through, with as many arguments as were given', (t) => {
  const counts: number[] = [];
  const { socket, tcp } = open({ onReadable: (count) => counts.push(count) });
  tcp.options.onReadable(7);
  t.deepEqual(counts, [7]);
  const into = new Uint8Array(2);
  t.deepEqual([socket.read(), socket.read(into), socket.write(into), socket.write(into, {})], [65, 65, 9, 9]);
  socket.format = 'number';
  t.is(tcp.format, 'number');
  t.is(socket.format, 'number');
  socket.close();
  t.deepEqual(tcp.calls, [['read'], ['read', into], ['write', into], ['write', into, {}], ['close']]);
});

test('4096 bytes of lines are read between bodies, and no more', (t) => {
  const { socket } = open({});
  const lines = (count: number): void => {
    socket.format = 'number';
    for (let i = 0; i < count; i++) socket.read();
  };
  lines(4096);
  socket.format = 'buffer';
  socket.read(new Uint8Array(1));
  lines(4096);
  t.throws(() => socket.read(), { instanceOf: RangeError });
});

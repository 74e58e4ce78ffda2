/** Writes pickles (protocol 2) for tests, opcode by opcode, as CPython and torch.save would. */
export const pickleBytes = {
  of: (...parts: Uint8Array[]): Uint8Array =>
    Buffer.concat([Buffer.from([0x80, 2]), ...parts, Buffer.from('.')]),
  opcodes: (...bytes: number[]): Uint8Array => Buffer.from(bytes),
  text: (value: string): Uint8Array => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from('X'), length, bytes]);
  },
  int: (value: number): Uint8Array => {
    const bytes = Buffer.alloc(5);
    bytes.write('J');
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  global: (module: string, name: string): Uint8Array => Buffer.from(`c${module}\n${name}\n`),
  /** A tuple of the values that `parts` push. */
  tuple: (...parts: Uint8Array[]): Uint8Array =>
    Buffer.concat([Buffer.from('('), ...parts, Buffer.from('t')]),
  reduce: (callee: Uint8Array, args: Uint8Array): Uint8Array =>
    Buffer.concat([callee, args, Buffer.from('R')]),
  /** A dict of string keys. */
  dict: (entries: Readonly<Record<string, Uint8Array>>): Uint8Array =>
    Buffer.concat([
      Buffer.from('}('),
      ...Object.entries(entries).flatMap(([key, value]) => [pickleBytes.text(key), value]),
      Buffer.from('u'),
    ]),
  /** A float tensor over storage `key`, as torch writes it. */
  tensor: (options: {
    key?: string;
    storageLength: number;
    offset?: number;
    shape: readonly number[];
    strides: readonly number[];
    type?: string;
  }): Uint8Array => {
    const { text, int, tuple, global, reduce } = pickleBytes;
    const storage = Buffer.concat([
      tuple(
        text('storage'),
        global('torch', options.type ?? 'FloatStorage'),
        text(options.key ?? '0'),
        text('cpu'),
        int(options.storageLength),
      ),
      Buffer.from('Q'),
    ]);
    return reduce(
      global('torch._utils', '_rebuild_tensor_v2'),
      tuple(
        storage,
        int(options.offset ?? 0),
        tuple(...options.shape.map(int)),
        tuple(...options.strides.map(int)),
        Buffer.from([0x89]),
        reduce(global('collections', 'OrderedDict'), Buffer.from(')')),
      ),
    );
  },
};

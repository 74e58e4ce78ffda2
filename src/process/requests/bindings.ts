import {
  controlText,
  findMapping,
  optionWords,
  ownMapping,
  parseControl,
  parseOptions,
  readMapping,
  writeMapping,
} from '../../binding/index.js';
import type { BINDING_COMMANDS } from '../../control/commands/bindings.js';
import type { BindingRoom } from '../binding-room.js';
import type { RequestHandlers } from './request-desk.js';

/** `folder`: that the engine was started in. */
export function bindingRequests(
  room: BindingRoom,
  folder: string,
): RequestHandlers<keyof typeof BINDING_COMMANDS> {
  return {
    '/bind/learn': ([to, min, max]) => {
      room.learn({ to: to as string, ...parseOptions(min as number, max as number) });
      return undefined;
    },
    '/bind/cancel': () => {
      room.cancel();
      return undefined;
    },
    '/bind/add': ([text, to, min, max]) => {
      const control = parseControl(text as string);
      const { id } = room.add({ control, to: to as string, ...parseOptions(min as number, max as number) });
      return [id];
    },
    '/bind/set': ([id, words]) => {
      room.set(id as number, parseOptions(undefined, undefined, words as string));
      return undefined;
    },
    '/bind/remove': ([id]) => {
      room.remove(id as number);
      return undefined;
    },
    '/bind/list': () =>
      room.all().flatMap(({ id, binding }) => {
        const { control, to, min, max } = binding;
        const range = min === undefined && max === undefined ? '' : `${min ?? '-'} to ${max ?? '-'}`;
        return [
          id,
          controlText(control),
          to,
          [range, optionWords(binding)].filter((one) => one !== '').join(' '),
        ];
      }),
    '/bind/save': ([name]) => {
      writeMapping(
        ownMapping(name as string, folder),
        room.all().map(({ binding }) => binding),
      );
      return undefined;
    },
    '/bind/load': ([name]) => {
      room.replaceOwn(readMapping(findMapping(name as string, folder)));
      return undefined;
    },
  };
}

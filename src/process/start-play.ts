import type { PlayHandle, PlayOptions } from './play-options.js';

export declare function startPlay(options: PlayOptions): Promise<PlayHandle>;

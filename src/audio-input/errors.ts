/** What is told of inputs of the sound card. None of it is an error: a patch plays on in silence, and the input is waited for. */
export const audioInputCodes = {
  AUDIO_INPUT_UNAVAILABLE: {
    summary: 'Nothing that could record is installed; the node is silent.',
    remedy: 'Run npm install naudiodon (optional), or on Linux install alsa-utils.',
  },
  AUDIO_INPUT_ABSENT: {
    summary: 'No input has the name that a node asks for, or there is none at all; it is waited for.',
    remedy:
      'Connect the device, or correct the setting `device`: a part of one of the names in the message; empty for the default input.',
  },
  AUDIO_INPUT_FAILED: {
    summary: 'An input is there but could not be opened; it is tried again.',
    remedy:
      'Close the program that holds it, allow the terminal to use the microphone, or correct `firstChannel`.',
  },
  AUDIO_INPUT_LOST: {
    summary: 'An input gives no sound any more; it is silent, and waited for.',
    remedy: 'Connect it again: it is found by its name.',
  },
} as const satisfies Readonly<Record<string, { readonly summary: string; readonly remedy: string }>>;

export type AudioInputCode = keyof typeof audioInputCodes;

/** What `?HOST_INFO` tells: who this is, where its OSC is heard, and which optional parts of OSCQuery it has. */
export interface HostInfo {
  readonly NAME: string;
  /** Left out where every address of the machine will do: then it is the one that the client used for HTTP. */
  readonly OSC_IP?: string;
  readonly OSC_PORT: number;
  readonly OSC_TRANSPORT: 'UDP';
  readonly WS_IP?: string;
  readonly WS_PORT: number;
  readonly EXTENSIONS: Readonly<Record<string, boolean>>;
}

const EXTENSIONS = {
  ACCESS: true,
  VALUE: true,
  RANGE: true,
  DESCRIPTION: true,
  UNIT: true,
  CLIPMODE: true,
  TAGS: false,
  EXTENDED_TYPE: false,
  CRITICAL: false,
  OVERLOADS: false,
  HTML: false,
  LISTEN: true,
  IGNORE: true,
  ECHO: false,
  PATH_ADDED: true,
  PATH_REMOVED: true,
  PATH_CHANGED: true,
  PATH_RENAMED: false,
} as const;

/** `host`: the address that OSC and HTTP are bound to. */
export function hostInfo(name: string, host: string, oscPort: number, queryPort: number): HostInfo {
  const isAny = host === '0.0.0.0' || host === '::';
  return {
    NAME: name,
    ...(!isAny && { OSC_IP: host, WS_IP: host }),
    OSC_PORT: oscPort,
    OSC_TRANSPORT: 'UDP',
    WS_PORT: queryPort,
    EXTENSIONS,
  };
}

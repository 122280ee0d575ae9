import type { ClassDecl } from '../../declaration.js';

export const serverManager = {
  name: 'ServerManager',
  abstract: true,
  extends: 'MediaObject',
  doc: 'The server itself: what it can do, what it holds and what it uses. There is exactly one, with the id `manager_ServerManager`; it cannot be created or released.',
  properties: [
    {
      name: 'info',
      type: 'ServerInfo',
      readonly: true,
      doc: 'Version, loaded modules and capabilities of the server.',
    },
    {
      name: 'pipelines',
      type: 'MediaPipeline[]',
      readonly: true,
      default: [],
      doc: 'All pipelines that exist in the server.',
    },
    {
      name: 'sessions',
      type: 'String[]',
      readonly: true,
      doc: 'Ids of the sessions that own at least one object.',
    },
    {
      name: 'metadata',
      type: 'String',
      readonly: true,
      default: '',
      doc: 'Free text from the configuration of the server.',
    },
  ],
  methods: [
    {
      name: 'getKmd',
      params: [{ name: 'moduleName', type: 'String', doc: 'Name of a loaded module, such as `core`.' }],
      returns: 'String',
      returnDoc: 'The descriptor as JSON text.',
      doc: 'Gives the descriptor of a module: its classes, types and events.',
    },
    {
      name: 'getCpuCount',
      params: [],
      returns: 'int',
      returnDoc: 'Number of processors.',
      doc: 'Counts the processors that the server may use, with its CPU affinity taken into account.',
    },
    {
      name: 'getUsedCpu',
      params: [
        { name: 'interval', type: 'int', default: 1000, doc: 'Time over which to measure, in milliseconds.' },
      ],
      returns: 'float',
      returnDoc: 'Percentage of all processors, 0 to 100.',
      doc: 'Measures the CPU use of the server; the answer comes when the interval is over.',
    },
    {
      name: 'getUsedMemory',
      params: [],
      returns: 'int64',
      returnDoc: 'Resident memory in KiB.',
      doc: 'Tells how much memory all processes of the server use together.',
    },
  ],
  events: ['ObjectCreated', 'ObjectDestroyed'],
} as const satisfies ClassDecl;

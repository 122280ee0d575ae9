import type { ClassDecl } from '../../declaration.js';

export const mediaObject = {
  name: 'MediaObject',
  abstract: true,
  doc: 'Anything that lives in the server and has an id: pipelines, elements, hubs and the server manager. Objects form a tree; releasing one releases everything below it.',
  properties: [
    {
      name: 'mediaPipeline',
      type: 'MediaPipeline',
      final: true,
      doc: 'The pipeline this object belongs to; a pipeline gives itself, the server manager gives null.',
    },
    {
      name: 'parent',
      type: 'MediaObject',
      final: true,
      doc: 'The object one step up in the tree: the hub of a port, the pipeline of any other element or hub. Null for pipelines and the server manager.',
    },
    {
      name: 'id',
      type: 'String',
      final: true,
      doc: 'Unique id: a UUID and the class, after the id of the parent and a slash.',
    },
    {
      name: 'children',
      type: 'MediaObject[]',
      readonly: true,
      default: [],
      doc: 'The objects directly below this one, in no particular order.',
    },
    {
      name: 'name',
      type: 'String',
      doc: 'A free label for logs and debugging. It is the id until set; setting the empty string restores the id.',
    },
    {
      name: 'sendTagsInEvents',
      type: 'boolean',
      default: false,
      doc: 'Whether the events of this object carry its tags.',
    },
    {
      name: 'creationTime',
      type: 'int',
      final: true,
      doc: 'When the object was created, in whole seconds since 1970-01-01 UTC.',
    },
  ],
  methods: [
    {
      name: 'addTag',
      params: [
        { name: 'key', type: 'String', doc: 'Key of the tag.' },
        { name: 'value', type: 'String', doc: 'Value of the tag.' },
      ],
      doc: 'Attaches a tag to the object, replacing the value of a tag that has the same key.',
    },
    {
      name: 'removeTag',
      params: [{ name: 'key', type: 'String', doc: 'Key of the tag.' }],
      doc: 'Removes a tag. A key that is not there is no error.',
    },
    {
      name: 'getTag',
      params: [{ name: 'key', type: 'String', doc: 'Key of the tag.' }],
      returns: 'String',
      returnDoc: 'Value of the tag.',
      doc: 'Reads one tag; fails with MEDIA_OBJECT_TAG_KEY_NOT_FOUND when the key is not there.',
    },
    {
      name: 'getTags',
      params: [],
      returns: 'Tag[]',
      returnDoc: 'All tags, sorted by key.',
      doc: 'Reads all tags of the object.',
    },
  ],
  events: ['Error'],
} as const satisfies ClassDecl;

import type { ModuleDecl } from '../../declaration.js';
import { baseRtpEndpoint, endpoint, sdpEndpoint, sessionEndpoint, uriEndpoint } from './endpoints.js';
import { coreEvents } from './events.js';
import { filter, mediaElement, passThrough } from './media-element.js';
import { mediaObject } from './media-object.js';
import { hub, hubPort, mediaPipeline } from './pipeline-and-hub.js';
import { serverManager } from './server-manager.js';
import { speakerEvents, speakerTypes } from './speakers.js';
import { statsTypes } from './stats-types.js';
import { coreTypes } from './types.js';

export const core = {
  name: 'core',
  version: '7.3.1',
  kurentoVersion: '7.3.1',
  imports: [],
  namespace: 'kurento',
  code: {
    java: {
      packageName: 'org.kurento.client',
      mavenGroupId: 'org.kurento',
      mavenArtifactId: 'kurento-client',
    },
    js: { nodeName: 'kurento-client-core' },
  },
  doc: 'The object model: pipelines, elements, hubs, endpoints, and the server itself.',
  classes: [
    mediaObject,
    serverManager,
    sessionEndpoint,
    hub,
    filter,
    endpoint,
    hubPort,
    passThrough,
    uriEndpoint,
    mediaPipeline,
    sdpEndpoint,
    baseRtpEndpoint,
    mediaElement,
  ],
  complexTypes: [...coreTypes, ...statsTypes, ...speakerTypes],
  events: [...coreEvents, ...speakerEvents],
} as const satisfies ModuleDecl;

import type { ModuleDecl } from '../../declaration.js';
import { elementsEvents } from './events.js';
import { httpEndpoint, httpPostEndpoint } from './http-endpoints.js';
import { alphaBlending, composite, dispatcher, dispatcherOneToMany, mixer } from './hubs.js';
import { rtpEndpoint } from './rtp-endpoint.js';
import { elementsTypes } from './types.js';
import { playerEndpoint, recorderEndpoint } from './uri-endpoints.js';
import { webRtcEndpoint } from './web-rtc-endpoint.js';

export const elements = {
  name: 'elements',
  version: '7.3.1',
  kurentoVersion: '^7.1.0',
  imports: ['core'],
  namespace: 'kurento',
  code: {
    java: {
      packageName: 'org.kurento.client',
      mavenGroupId: 'org.kurento',
      mavenArtifactId: 'kurento-client',
    },
    js: { nodeName: 'kurento-client-elements' },
  },
  doc: 'The endpoints and hubs from which most applications are built.',
  classes: [
    alphaBlending,
    composite,
    dispatcher,
    dispatcherOneToMany,
    httpPostEndpoint,
    httpEndpoint,
    mixer,
    playerEndpoint,
    recorderEndpoint,
    rtpEndpoint,
    webRtcEndpoint,
  ],
  complexTypes: elementsTypes,
  events: elementsEvents,
} as const satisfies ModuleDecl;

import { testInterop } from './support/interop.js';
import { PythonPeer, pythonRuns } from './support/python-peer.js';

testInterop('aiortc', async (media) => new PythonPeer('aiortc_peer.py', media), {
  skip: pythonRuns('import aiortc') ? undefined : 'needs the Debian package python3-aiortc',
  holds: true,
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StunAttribute, StunClass, StunWriter } from '@rivero/ice';
import { type StunReceiver, StunRoutes } from './stun-routes.js';

const receiver = (): StunReceiver => ({ onStun() {} });

const request = (username: string): Uint8Array =>
  new StunWriter()
    .start(StunClass.Request, new Uint8Array(12))
    .attribute(StunAttribute.Username, Buffer.from(username))
    .finish();

function response(tag: number): Uint8Array {
  const id = Buffer.alloc(12);
  id.writeUInt32BE(tag);
  return new StunWriter().start(StunClass.Success, id).finish();
}

test('a request goes to the one whose username fragment it names, a response to the one who asked', () => {
  const routes = new StunRoutes();
  const [alice, bob] = [receiver(), receiver()];
  routes.addUfrag('alice', alice);
  routes.addUfrag('bob', bob);
  const tag = routes.addTag(bob);
  assert.notEqual(routes.addTag(alice), tag);

  assert.equal(routes.receiverOf(request('alice:peer')), alice);
  assert.equal(routes.receiverOf(request('bob:peer')), bob);
  assert.equal(routes.receiverOf(response(tag)), bob);
});

test('what names nobody who is there has no receiver', () => {
  const routes = new StunRoutes();
  const gone = receiver();
  routes.addUfrag('gone', gone);
  const tag = routes.addTag(gone);
  routes.removeUfrag('gone');
  routes.removeTag(tag);

  assert.equal(routes.knowsUfrag('gone'), false);
  assert.equal(routes.receiverOf(request('gone:peer')), undefined);
  assert.equal(routes.receiverOf(response(tag)), undefined);
  assert.equal(routes.receiverOf(new Uint8Array(3)), undefined);
});

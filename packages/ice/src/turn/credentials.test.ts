import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StunAttribute } from '../stun/attributes.js';
import { parseStun } from '../stun/message.js';
import { longTermKey } from './credentials.js';

/** RFC 5769 section 2.4. */
const SAMPLE = `000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b9000000
15001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700
00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`;

test('the long-term key makes the integrity of the sample request of RFC 5769', () => {
  const message = parseStun(Buffer.from(SAMPLE.replaceAll('\n', ''), 'hex'));
  assert.ok(message);
  const username = message.text(StunAttribute.Username);
  const realm = message.text(StunAttribute.Realm);
  assert.equal(username, 'マトリックス');
  assert.equal(realm, 'example.org');
  assert.equal(message.text(StunAttribute.Nonce), 'f//499k954d6OL34oL9FSTvy64sA');
  assert.ok(message.integrityValid(longTermKey(username, realm, 'TheMatrIX')));
  assert.ok(!message.integrityValid(longTermKey(username, realm, 'TheMatrix')));
});

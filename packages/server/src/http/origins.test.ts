import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originAllowed } from './origins.js';

test('which pages may connect', () => {
  const cases: [origin: string | undefined, host: string, configured: string[], allowed: boolean][] = [
    [undefined, 'media.example.com', [], true],
    ['http://localhost:3000', '127.0.0.1:8888', [], true],
    ['https://localhost:8443', '127.0.0.1:8888', [], true],
    ['http://127.0.0.1:8888', '127.0.0.1:8888', [], true],
    ['http://[::1]:8888', 'localhost:8888', [], true],
    ['http://app.localhost', 'localhost:8888', [], true],
    ['http://192.0.2.7:8888', '192.0.2.7:8888', [], true],
    ['http://192.0.2.7:9999', '192.0.2.7:8888', [], false],
    ['http://192.0.2.8:8888', '192.0.2.7:8888', [], false],
    // A name that somebody made point to this machine.
    ['http://evil.example:8888', 'evil.example:8888', [], false],
    ['http://localhost.evil.example', 'localhost:8888', [], false],
    ['http://127.0.0.1.evil.example', 'localhost:8888', [], false],
    ['null', 'localhost:8888', [], false],
    ['', 'localhost:8888', [], false],
    ['file://localhost', 'localhost:8888', [], false],
    ['https://app.example.com', 'media.example.com', [], false],
    ['https://app.example.com', 'media.example.com', ['https://app.example.com'], true],
    ['https://app.example.com', 'media.example.com', ['https://APP.example.com/'], true],
    ['http://app.example.com', 'media.example.com', ['https://app.example.com'], false],
    ['https://anything.example', 'media.example.com', ['*'], true],
  ];
  for (const [origin, host, configured, allowed] of cases) {
    assert.equal(originAllowed(origin, host, configured), allowed, `${origin} to ${host}`);
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { helpText } from './help.js';
import { ConfigurationError, defaultConfiguration, loadConfiguration, printable } from './load.js';
import { environmentName, settingNames, settings } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, content);
  return path;
}

function configuration(args: string[], environment: Record<string, string> = {}) {
  const command = loadConfiguration(args, environment);
  if (command.action !== 'run') throw new Error(command.action);
  return command.configuration;
}

function problems(args: string[], environment: Record<string, string> = {}): string[] {
  try {
    loadConfiguration(args, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.message.split('\n');
  }
  return [];
}

test('without anything the defaults hold, and they are valid', () => {
  const defaults = configuration([]);
  assert.deepEqual(defaults, defaultConfiguration());
  assert.equal(defaults.host, '127.0.0.1');
  assert.equal(defaults.port, 8888);
  assert.equal(defaults.media.stunServerPort, 3478);
  for (const name of settingNames) {
    const { kind, default: value } = settings[name];
    assert.ok(kind.schema.safeParse(value).success, name);
  }
});

test('the environment overrules the file, the command line overrules both', () => {
  const path = file(
    '{ // comment\n "port": 1, "path": "/file", "workers": 1, "media": {"interfaces": ["eth0"], "gso": false}}',
  );
  const environment = { RIVERO_CONFIG: path, RIVERO_PATH: '/environment', RIVERO_WORKERS: '2' };
  const result = configuration(['--workers=3', '--media.interfaces', 'lo, eth1'], environment);
  assert.equal(result.port, 1);
  assert.equal(result.path, '/environment');
  assert.equal(result.workers, 3);
  assert.equal(result.media.gso, false);
  assert.deepEqual(result.media.interfaces, ['lo', 'eth1']);
  assert.equal(configuration(['--config', file('{"port": 2}')], environment).port, 2);
});

test('every setting can be given in each way', () => {
  for (const name of settingNames) {
    const { default: value } = settings[name];
    const text = Array.isArray(value) ? value.join() : String(value);
    assert.deepEqual(problems([`--${name}=${text}`], { [environmentName(name)]: text }), [], name);
  }
  assert.equal(new Set(settingNames.map(environmentName)).size, settingNames.length);
  assert.equal(environmentName('media.externalIPv4'), 'RIVERO_MEDIA_EXTERNAL_IPV4');
});

test('each problem is named, all of them at once', () => {
  const found = problems(['--port', '99999', '--nothing', '5', '--log.level=loud', '--media.gso'], {
    RIVERO_WORKERS: 'many',
  });
  assert.equal(found.length, 5);
  for (const word of ['port', '--nothing', 'log.level', '--media.gso', 'RIVERO_WORKERS']) {
    assert.ok(
      found.some((line) => line.includes(word)),
      `${word}: ${found}`,
    );
  }
  assert.match(problems(['--config', file('{"media": {"prot": 1}}')]).join(), /media\.prot: no such setting/);
  assert.match(problems(['--config', file('{"port": "8888"}')]).join(), /^port: .*integer/);
  assert.match(problems(['--config', file('[]')]).join(), /JSON object/);
  assert.match(problems(['--config', file('{')]).join(), /JSON/);
  assert.match(problems(['--config', join(folder, 'missing.json')]).join(), /no such file/);
  assert.match(problems(['--tls.cert', 'x']).join(), /tls\.key/);
  assert.match(problems(['--path', 'kurento']).join(), /^path: /);
});

test('secrets are not printed', () => {
  const token = '0123456789abcdef';
  const given = configuration(['--auth.jwtSecret', token, '--auth.jwtAlgorithms', 'HS256, ES256'], {
    RIVERO_AUTH_TOKENS: `a:${token}`,
  });
  assert.deepEqual(given.auth.tokens, [`a:${token}`]);
  assert.deepEqual(given.auth.jwtAlgorithms, ['HS256', 'ES256']);
  const text = JSON.stringify(printable(given));
  assert.ok(!text.includes(token));
  assert.match(text, /"jwtSecret":"\(set\)"/);
  assert.deepEqual(printable(defaultConfiguration()), defaultConfiguration());
  assert.match(problems(['--sessions.isolation', 'subject']).join(), /needs tokens/);
  for (const [min, max] of [
    ['30000', '29999'],
    ['20000', '20000'],
    ['20001', '20002'],
  ] as const) {
    const said = problems(['--media.rtpPortMin', min, '--media.rtpPortMax', max]);
    assert.deepEqual(said, [
      `media.rtpPortMin and media.rtpPortMax: ${min} to ${max} has no even port and the next one`,
    ]);
  }
  assert.deepEqual(problems(['--media.rtpPortMin', '20001', '--media.rtpPortMax', '20003']), []);
  assert.match(problems(['--auth.jwtAlgorithms', 'none']).join(), /^auth\.jwtAlgorithms: /);
});

test('unknown variables are mentioned but do no harm', () => {
  const command = loadConfiguration([], { RIVERO_PROT: '1', RIVERO_SKIP_APT: '1', OTHER: '1' });
  assert.ok(command.action === 'run');
  assert.equal(command.warnings.length, 1);
  assert.match(command.warnings[0]!, /RIVERO_PROT/);
});

test('help, version and print-config', () => {
  assert.equal(loadConfiguration(['--help', '--nonsense'], {}).action, 'help');
  assert.equal(loadConfiguration(['--version'], {}).action, 'version');
  assert.equal(loadConfiguration(['--print-config', '--port', '1'], {}).action, 'print-config');
  const help = helpText();
  for (const name of settingNames) {
    assert.ok(help.includes(`--${name} `), name);
    assert.ok(help.includes(environmentName(name)), name);
  }
  assert.ok(help.split('\n').every((line) => line.length <= 140));
});

test('an odd value is refused with what was expected, and the others hold', () => {
  const refused: [name: string, value: string, expected: RegExp][] = [
    ['port', 'eighty', /number/],
    ['origins', 'app.example.com', /origins such as/],
    ['doors.publicUrl', 'media.example.com', /URL/],
    ['media.externalIPv4', 'fd00::1', /IPv4/],
    ['media.externalIPv4', 'media', /IPv4/],
    ['media.externalIPv6', '192.0.2.1', /IPv6/],
    ['media.stunServerAddress', 'a b', /name or address/],
    ['media.stunServerAddress', '192.0.2.0/24', /name or address/],
    ['media.turnUrl', 'turn.example.com:port', /user:password@address:port/],
    ['media.turnCaFile', folder, /file that can be read/],
    ['media.turnCaFile', join(folder, 'none'), /file that can be read/],
    ['media.uriSchemes', 'https://', /schemes/],
    ['media.s3Endpoint', 's3.example.com', /URL/],
    ['media.s3Endpoint', 'https://', /URL/],
  ];
  for (const [name, value, expected] of refused) {
    const said = problems([`--${name}`, value]);
    assert.equal(said.length, 1, name);
    assert.match(said[0]!, expected);
    assert.ok(said[0]!.startsWith(name) && said[0]!.includes(`--${name}`), said[0]!);
  }
  const accepted: [name: string, value: string][] = [
    ['origins', '*'],
    ['origins', 'https://app.example.com/'],
    ['origins', 'https://app.example.com:8443,null'],
    ['doors.publicUrl', 'https://media.example.com/rivero'],
    ['media.externalIPv4', '192.0.2.1'],
    ['media.externalIPv6', 'fd00::1'],
    ['media.stunServerAddress', 'stun.example.com'],
    ['media.stunServerAddress', 'fd00::1'],
    ['media.turnUrl', 'user:p@ss:word@192.0.2.1:3478?transport=tcp'],
    ['media.turnUrl', 'turns:u:p@[fd00::1]'],
    ['media.turnCaFile', file('')],
    ['media.uriSchemes', 'https,rtsp'],
    ['media.s3Endpoint', 'http://127.0.0.1:9000'],
    ['media.s3Endpoint', ''],
  ];
  for (const [name, value] of accepted)
    assert.deepEqual(problems([`--${name}`, value]), [], `${name} ${value}`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KurentoError } from '@rivero/api';
import type { Reply } from './context.js';
import type { Request } from './request.js';
import { runTransaction } from './transaction.js';

type Result = { error: KurentoError | undefined; answers: unknown[] | undefined };

function run(operations: unknown[], operation: (request: Request, reply: Reply) => void): Promise<Result> {
  return new Promise((resolve) => {
    runTransaction(operations, operation, (error, answers) => resolve({ error, answers }));
  });
}

const echo = (request: Request, reply: Reply) => reply(undefined, { value: request.params });
const op = (params: unknown, id?: unknown) => ({
  jsonrpc: '2.0',
  method: 'echo',
  params,
  ...(id === undefined ? {} : { id }),
});

test('references are replaced at any depth, also by values that are no text', async () => {
  const { answers } = await run(
    [op({ a: [1] }), op({ b: { c: ['newref:0', 'new'] } }), op(['newref:1'])],
    echo,
  );
  assert.deepEqual(
    (answers as { result: { value: unknown } }[]).map(({ result }) => result.value),
    [{ a: [1] }, { b: { c: [{ a: [1] }, 'new'] } }, [{ b: { c: [{ a: [1] }, 'new'] } }]],
  );
});

test('operations wait for each other', async () => {
  const order: string[] = [];
  await run([op(1), op(2), op(3)], (request, reply) => {
    order.push(`begin ${request.params}`);
    setTimeout(() => {
      order.push(`end ${request.params}`);
      reply(undefined, { value: null });
    }, 3 - Number(request.params));
  });
  assert.deepEqual(order, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
});

test('the first failure ends it, and is the last answer', async () => {
  let count = 0;
  const { answers } = await run([op(0), op(1), op(2)], (_request, reply) => {
    if (count++ === 1) reply(new KurentoError('MEDIA_OBJECT_NOT_FOUND', 'gone'));
    else reply(undefined, { value: null });
  });
  assert.equal(count, 2);
  assert.deepEqual(answers, [
    { id: 0, jsonrpc: '2.0', result: { value: null } },
    {
      error: { code: 40101, data: { type: 'MEDIA_OBJECT_NOT_FOUND' }, message: 'gone' },
      id: 1,
      jsonrpc: '2.0',
    },
  ]);
});

test('malformed transactions fail as a whole', async () => {
  const cases: [unknown[], string][] = [
    [[op(1, 1)], "Id of request '0' should be '0'"],
    [[op(1, 0), op(1, '1')], "Id of request '1' should be '1'"],
    [[op('newref:0')], 'Result not found on request 0'],
    [[op('newref:')], "Invalid index of newref ''"],
    [[op('newref:-1')], "Invalid index of newref '-1'"],
  ];
  for (const [operations, message] of cases) {
    const { error, answers } = await run(operations, echo);
    assert.equal(error?.message, message);
    assert.equal(error?.code, 40008);
    assert.equal(answers, undefined);
  }
});

test('operations that are no requests fail themselves', async () => {
  for (const operation of [5, null, [], 'x', {}, { jsonrpc: '2.0' }, { jsonrpc: '1.0', method: 'echo' }]) {
    const { answers } = await run([operation, op(1)], echo);
    assert.deepEqual(answers, [
      { error: { code: -32600, message: 'Invalid JSON-RPC request.' }, id: 0, jsonrpc: '2.0' },
    ]);
  }
});

test('long and deep transactions need no stack', async () => {
  const { answers } = await run(
    Array.from({ length: 50_000 }, () => op(null)),
    echo,
  );
  assert.equal(answers?.length, 50_000);
  let deep: unknown = 'newref:0';
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const { error } = await run([op(1), op(deep)], echo);
  assert.equal(error?.code, 40008);
});

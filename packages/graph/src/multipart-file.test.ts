import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MultipartError, MultipartFile, multipartBoundary } from './multipart-file.js';

function take(
  body: Uint8Array,
  boundary: string,
  cuts: readonly number[] = [],
): MultipartFile & { bytes: Buffer } {
  const parser = new MultipartFile(boundary);
  const parts: Buffer[] = [];
  const edges = [...cuts.map((cut) => cut % (body.length + 1)), 0, body.length].sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) parts.push(...parser.push(body.subarray(edges[i - 1], edges[i])));
  return Object.assign(parser, { bytes: Buffer.concat(parts) });
}

async function formBody(form: FormData): Promise<{ body: Buffer; boundary: string }> {
  const response = new Response(form);
  const boundary = multipartBoundary(response.headers.get('content-type')!)!;
  return { body: Buffer.from(await response.arrayBuffer()), boundary };
}

test('the boundary is read from the content type', () => {
  assert.equal(multipartBoundary('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(multipartBoundary('Multipart/Form-Data; charset=x; boundary="a b;c"'), 'a b;c');
  assert.equal(multipartBoundary('multipart/form-data'), undefined);
  assert.equal(multipartBoundary('video/webm; boundary=abc'), undefined);
});

test('the file of a form comes out as it went in, however the body is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 500 }),
      fc.string(),
      fc.array(fc.nat(), { maxLength: 40 }),
      async (content, field, cuts) => {
        const form = new FormData();
        form.append('empty', '');
        form.append('field', field);
        form.append('media', new Blob([content]), 'a.webm');
        form.append('after', 'x');
        const { body, boundary } = await formBody(form);
        const taken = take(body, boundary, cuts);
        assert.deepEqual(taken.bytes, Buffer.from(content));
        assert.equal(taken.complete, true);
      },
    ),
    { numRuns: 200 },
  );
});

test('what looks like a boundary in the file is the file', () => {
  const content = Buffer.from('\r\n--a\r\n--aX\r\n-\r\r\n--AB');
  const body = Buffer.concat([
    Buffer.from('--AAA\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'),
    content,
    Buffer.from('\r\n--AAA--\r\n'),
  ]);
  const everywhere = Array.from({ length: body.length }, (_, i) => i);
  assert.deepEqual(take(body, 'AAA', everywhere).bytes, content);
});

test('a form that breaks off is not complete, one without a file or with too much else is refused', async () => {
  const form = new FormData();
  form.append('media', new Blob(['abcdef']), 'a.webm');
  const { body, boundary } = await formBody(form);
  assert.equal(take(body.subarray(0, -boundary.length - 6), boundary).complete, false);
  const empty = new FormData();
  empty.append('field', 'x');
  const other = await formBody(empty);
  assert.throws(() => take(other.body, other.boundary), MultipartError);
  const large = new FormData();
  large.append('field', 'x'.repeat(300_000));
  large.append('media', new Blob(['a']), 'a.webm');
  const tooLarge = await formBody(large);
  assert.throws(() => take(tooLarge.body, tooLarge.boundary), MultipartError);
  assert.throws(() => take(Buffer.alloc(300_000, 'x'), 'AAA'), MultipartError);
  assert.throws(() => take(Buffer.from(`--AAA\r\n${'h'.repeat(20_000)}`), 'AAA'), MultipartError);
});

test('no bytes bring it down', () => {
  const piece = fc.oneof(
    fc.constantFrom('--A', '\r\n', '--', 'Content-Disposition: form-data; filename=x', '\r\n--A\r\n'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat()), (pieces, cuts) => {
      try {
        take(Buffer.from(pieces.join('')), 'A', cuts);
      } catch (error) {
        assert.ok(error instanceof MultipartError);
      }
    }),
  );
});

// A reporter of node's test runner: the files in which tests failed, one a line.
export default async function* failedFiles(source) {
  const files = new Set();
  for await (const { type, data } of source) {
    if (type === 'test:fail' && data.file && !data.todo && !data.skip) files.add(data.file);
  }
  for (const file of files) yield `${file}\n`;
}

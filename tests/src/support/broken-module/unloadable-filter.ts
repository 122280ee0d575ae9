// As where a package that the implementation needs has not been installed.
const name: string = '@rivero/not-installed';
export default ((await import(name)) as { default: unknown }).default;

/** The names that a new module gets from the one name that a person gives. */
export interface ModuleNames {
  /** As given: the folder, and the file of the implementation. */
  readonly file: string;
  /** `EdgeGlow`: the class. */
  readonly className: string;
  /** `edgeglow`: the module in the API. */
  readonly module: string;
}

/** @throws Error where the name can't be that of a package */
export function moduleNames(name: string): ModuleNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`'${name}' can't be the name of a module: use small letters, digits and single dashes`);
  }
  const words = name.split('-');
  return {
    file: name,
    className: words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(''),
    module: words.join(''),
  };
}

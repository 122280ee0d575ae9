/**
 * The modules that come with Rivero, as the default of the setting `modules` names them. Where what one of them needs is not
 * installed, the server starts without it.
 */
export const BUNDLED_MODULES: readonly string[] = [].map((name) => `optional:@rivero/module-${name}`);

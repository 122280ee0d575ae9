const POLL_MS = 50;

/**
 * Waits until a condition holds.
 * @param what says what is waited for; part of the error
 * @param condition is asked again and again; anything truthy ends the wait and is returned
 * @param timeout in milliseconds
 * @throws Error with the last value when the time is over
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeout = 15_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const end = performance.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
    if (performance.now() > end) {
      throw new Error(`waited ${timeout} ms for ${what}; last value: ${JSON.stringify(value)}`);
    }
    await pause(POLL_MS);
  }
}

/** Lets time pass, where time itself is what a test is about (a viewer who joins five seconds later). */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

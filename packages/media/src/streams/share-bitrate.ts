/**
 * Shares a bitrate fairly (max-min): nobody gets more than it can make use of while another gets less than an equal share. Who
 * wants little gets it, and the others share the rest. What is left when all are satisfied goes to everybody: it can be
 * taken by whoever grows.
 * @param total bit/s @param wanted what each can make use of, bit/s
 * @param shares written: as many as `wanted` has
 */
export function shareBitrate(total: number, wanted: readonly number[], shares: number[]): void {
  shares.length = wanted.length;
  shares.fill(-1);
  let rest = Math.max(0, total);
  let open = wanted.length;
  for (let settled = true; settled && open > 0; ) {
    settled = false;
    const equal = rest / open;
    for (let i = 0; i < wanted.length; i++) {
      if (shares[i]! >= 0 || wanted[i]! > equal) continue;
      shares[i] = wanted[i]!;
      rest -= wanted[i]!;
      open--;
      settled = true;
    }
  }
  for (let i = 0; i < wanted.length; i++) {
    if (shares[i]! < 0) shares[i] = rest / open;
    else if (open === 0) shares[i]! += rest;
  }
}

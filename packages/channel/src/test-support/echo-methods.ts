export interface EchoMethods {
  echo: { params: unknown; result: unknown };
  burst: { params: number; result: number };
  never: { params: null; result: null };
  burstAndDie: { params: number; result: number };
}

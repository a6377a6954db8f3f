// For bundlers and browsers: the module is fetched beside this file.
import init, { WireMock, compare, estimate, price, promptHash, simulate } from "./rehearsal.js";
import { makeCreateMock } from "./mock.js";

await init({ module_or_path: new URL("./rehearsal_bg.wasm", import.meta.url) });

export const createMock = makeCreateMock(WireMock);
export { compare, estimate, price, promptHash, simulate };

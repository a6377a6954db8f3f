// Times the benchmark suite's WebAssembly in Chromium: the verdict, and virtual time.
//
// It needs `cargo xtask pkg` and Chromium. Prints milliseconds, the best of several runs.

import { onPage } from "./chromium.mjs";

const rows = await onPage(async () => {
  const { benchmark, compareRuns } = await import("/pkg/index.js");
  const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";
  const best = async (runs, action) => {
    let least = Infinity;
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await action();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const uniform = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const series = (seed, count) => {
    const next = uniform(seed);
    const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    return JSON.stringify({ unit: "ms", runs: [Array.from({ length: count }, () => 350 * Math.exp(0.28 * normal()))] });
  };
  const rows = [];
  for (const count of [100, 1000]) {
    const [a, b] = [series(1, count), series(2, count)];
    rows.push([`verdict, 2 x ${count} samples, 2,000 replicates`, await best(20, () => compareRuns(a, b))]);
  }
  const suite = (measured, workers) => ({
    prompts: ["hello"],
    benchmarks: [{ name: "b", model: HAIKU, warm_up: 0, measured, runs: 1, load: { kind: "closed", workers } }],
  });
  // The last progress is told when everything has been measured; what follows is the document.
  const measured = async (client, count) => {
    let end;
    const start = performance.now();
    await benchmark(suite(count, 10), client, { onProgress: () => (end = performance.now()) });
    return end - start;
  };
  const times = [];
  for (let run = 0; run < 3; run++) times.push(await measured("simulator", 1_000_000));
  rows.push(["1,000,000 calls to the simulator", Math.min(...times)]);
  rows.push(["100,000 calls to the wire mock, bytes and all", await measured("mock", 100_000)]);
  return rows;
});
console.log("| what | ms |\n|---|---:|");
for (const [name, ms] of rows) console.log(`| ${name} | ${ms.toFixed(1)} |`);

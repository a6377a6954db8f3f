// Runs every scenario several times and tells the best time of each: of a day that is new, and of one
// of which only the limits changed since the last one.
import { simulate } from "/pkg/index.js";

const scenarios = await (await fetch("/benches/scenarios.json")).json();
/** A slider a step further. */
const moved = (scenario, turn) => {
  const next = structuredClone(scenario);
  if (next.capacity?.concurrency) next.capacity.concurrency += turn % 3;
  for (const model of Object.values(next.models ?? {})) if (model.rpm) model.rpm += turn % 3;
  return next;
};

const times = [];
for (const [name, scenario] of Object.entries(scenarios)) {
  const best = (run) => {
    let best = Infinity;
    for (let turn = 0; turn < 9; turn++) {
      const start = performance.now();
      run(turn);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  times.push([`Rehearsal in Chromium, ${name}`, best((turn) => simulate({ ...scenario, seed: turn }))]);
  times.push([`${name}, again with other limits`, best((turn) => simulate(moved(scenario, turn)))]);
}
postMessage(times);

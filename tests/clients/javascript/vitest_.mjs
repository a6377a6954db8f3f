// vitest: the cells as tests, the AWS SDK over the package's `requestHandler`.

import { spawnSync } from "node:child_process";

const done = spawnSync("npx", ["vitest", "run", "--reporter=json", "vitest_cells.test.mjs"], { encoding: "utf8", env: process.env });
const report = JSON.parse(done.stdout.slice(done.stdout.indexOf("{")));
for (const test of report.testResults.flatMap((file) => file.assertionResults)) {
  const note = test.failureMessages.join(" ").replace(/\s+/g, " ").slice(0, 300);
  console.log(JSON.stringify({ cell: test.title, state: test.status === "passed" ? "passed" : "failed", note }));
}

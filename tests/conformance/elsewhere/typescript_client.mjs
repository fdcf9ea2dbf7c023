// A host on a TypeScript SDK: it makes one picture under the SDK's own limit of a call (60 s), asking until it is there.
// argv: folder of the SDK, python, era, "reset" or "plain", prompt. Prints what it saw as JSON.
import { readFile } from "node:fs/promises";

const [sdk, python, era, kind, prompt] = process.argv.slice(2);
const { name, version } = JSON.parse(await readFile(`${sdk}/package.json`, "utf8"));
const isNew = name === "@modelcontextprotocol/client";
const { Client } = await import(isNew ? `${sdk}/dist/index.mjs` : `${sdk}/dist/esm/client/index.js`);
const { StdioClientTransport } = await import(isNew ? `${sdk}/dist/stdio.mjs` : `${sdk}/dist/esm/client/stdio.js`);

const transport = new StdioClientTransport({ command: python, args: ["-m", "darkroom", "serve"], env: process.env });
const client = new Client({ name: "a-typescript-host", version: "1" }, isNew ? { versionNegotiation: { mode: era } } : {});
await client.connect(transport);

const seen = { sdk: `${name} ${version}`, calls: 0, timeouts: 0, progress: 0, longest_ms: 0 };
const options = kind === "reset" ? { resetTimeoutOnProgress: true, onprogress: () => { seen.progress += 1; } } : {};

async function call(name, args) {
  const asked = { name, arguments: args };
  for (;;) {
    const began = performance.now();
    seen.calls += 1;
    try {
      return await (isNew ? client.callTool(asked, options) : client.callTool(asked, undefined, options));
    } catch (error) {
      if (!/timed out/i.test(error.message)) throw error;
      seen.timeouts += 1; // and the very same request again, as an agent asks that has no job_id
    } finally {
      seen.longest_ms = Math.max(seen.longest_ms, performance.now() - began);
    }
  }
}

let answer = await call("generate_image", { prompt });
while (answer.structuredContent.jobs[0].status === "working") {
  answer = await call("wait_for_jobs", { job_ids: [answer.structuredContent.jobs[0].job_id] });
}
const [job] = answer.structuredContent.jobs;
const { tools } = await client.listTools();
const { resources } = await client.listResources();
console.log(JSON.stringify({
  ...seen,
  status: job.status,
  elapsed_seconds: job.elapsed_seconds,
  content: answer.content.map((block) => block.type),
  tools: tools.length,
  resources: resources.length > 2,
}));
await client.close();

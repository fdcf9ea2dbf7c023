// A host on the TypeScript SDK: one call with its own limit, and wait_for_jobs until the job has ended.
// argv: path of the SDK, python, limit of one call in ms, "reset" or "plain", prompt. Prints what it saw as JSON.
const [sdk, python, limit, kind, prompt] = process.argv.slice(2);
const { Client } = await import(`${sdk}/dist/esm/client/index.js`);
const { StdioClientTransport } = await import(`${sdk}/dist/esm/client/stdio.js`);

const transport = new StdioClientTransport({ command: python, args: ["-m", "darkroom", "serve"], env: process.env });
const client = new Client({ name: "a-typescript-host", version: "1" });
await client.connect(transport);

let progress = 0;
const options = { timeout: Number(limit) };
if (kind === "reset") {
  options.resetTimeoutOnProgress = true;
  options.onprogress = () => { progress += 1; };
}
const call = (name, args) => client.callTool({ name, arguments: args }, undefined, options);

let answer = await call("generate_image", { prompt, wait_seconds: 1 });
let calls = 1;
while (answer.structuredContent.jobs[0].status === "working") {
  answer = await call("wait_for_jobs", { job_ids: [answer.structuredContent.jobs[0].job_id], wait_seconds: 1 });
  calls += 1;
}
const { tools } = await client.listTools();
const { resources } = await client.listResources();
console.log(JSON.stringify({
  status: answer.structuredContent.jobs[0].status,
  content: answer.content.map((block) => block.type),
  tools: tools.length,
  resources: resources.length > 2,
  calls,
  progress,
}));
await client.close();

"""What MCP offers beside tools: a stdio runner for every era, tasks, resources, prompts, completion, icons."""

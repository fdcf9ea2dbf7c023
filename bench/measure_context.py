"""How many tokens Darkroom puts into a model's context."""

import json
from pathlib import Path

import rs_bpe.bpe
from hosts import Row, end_worker, environment, gateway, generate, session

ENCODING = rs_bpe.bpe.openai.o200k_base()


def tokens(value: object) -> int:
    """Count o200k tokens of a text, or of a value as compact JSON."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(ENCODING.encode(text))


_LONG_PROMPT = (
    "A red fox sits in deep snow at the edge of a pine forest at dawn, low sun behind it, breath visible, soft focus"
)


async def context(folder: Path) -> list[Row]:
    """Tokens of the tools, of a finished result, and of a list of twenty pictures with short and with long prompts."""
    with gateway(0, "1024") as base_url:
        pictures = folder / "Pictures" / "Darkroom"
        env = environment(folder, base_url, DARKROOM_OUTPUT_DIR=str(pictures))

        def listed_tokens(answer: object) -> int:
            """Count as in a real home: the long name of the temporary folder is nobody's."""
            text = answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
            return tokens(text.replace(str(folder), "/home/anna"))

        async with session(env) as client:
            listed = (await client.list_tools()).model_dump(by_alias=True, exclude_none=True)["tools"]
            shown = [{key: tool[key] for key in ("name", "description", "inputSchema")} for tool in listed]
            answer = await client.call_tool("generate_image", {"prompt": "a red fox in snow", "model": "gpt-image-2"})
            for number in range(20):
                await generate(client, number)
            short = await client.call_tool("list_images", {"limit": 20})
            for number in range(2):
                await generate(client, number, prompt=_LONG_PROMPT, count=10)
            long = await client.call_tool("list_images", {"limit": 20})
        end_worker(env)
    return [
        Row("context: tools/list", [sum(tokens(tool) for tool in shown)], "tokens", 3000),
        Row("context: finished result, text", [tokens(answer.content[0].text)], "tokens", 350),
        Row("context: finished result, structure", [tokens(answer.structured_content)], "tokens", 350),
        Row("context: list_images of 20, text", [listed_tokens(short.content[0].text)], "tokens", 2000),
        Row("context: list_images of 20", [listed_tokens(short.structured_content)], "tokens", 2000),
        Row("context: list_images of 20, long prompts", [listed_tokens(long.structured_content)], "tokens"),
    ]

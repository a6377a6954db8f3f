"""aiobotocore: Converse and its stream, without blocking."""

import asyncio

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from cells import *

TOOLS = {"tools": [
    {"toolSpec": {"name": "stock", "inputSchema": {"json": STOCK_SCHEMA}}},
    {"toolSpec": {"name": "now", "inputSchema": {"json": NOW_SCHEMA}}},
]}


def said(text, *more):
    return [{"role": "user", "content": [{"text": text}, *more]}]


def call(name, **more):
    async def once():
        config = AioConfig(retries={"mode": "standard"})
        async with get_session().create_client("bedrock-runtime", region_name=REGION, endpoint_url=URL, config=config) as client:
            answer = await getattr(client, name)(**{"modelId": HAIKU, **more})
            if name == "converse_stream":
                return [event async for event in answer["stream"]]
            return answer
    return asyncio.run(once())


def ask(messages, **more):
    return call("converse", messages=messages, **more)


def plain():
    same(ask(said("text"))["output"]["message"]["content"], [{"text": TEXT}])


def stream():
    events = call("converse_stream", messages=said("text"))
    pieces(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)


def tools():
    answer = ask(said("tool"), toolConfig=TOOLS)["output"]["message"]
    uses = [block["toolUse"] for block in answer["content"]]
    same([(use["name"], use["input"]) for use in uses], [("stock", STOCK), ("now", {})])
    results = [{"toolResult": {"toolUseId": use["toolUseId"], "content": [{"text": "yes"}]}} for use in uses]
    after = ask([*said("tool"), answer, {"role": "user", "content": results}], toolConfig=TOOLS)
    same(after["output"]["message"]["content"], [{"text": ANSWERED}])


def stream_tools():
    inputs = {}
    for event in call("converse_stream", messages=said("tool"), toolConfig=TOOLS):
        if "contentBlockDelta" in event:
            delta = event["contentBlockDelta"]
            inputs[delta["contentBlockIndex"]] = inputs.get(delta["contentBlockIndex"], "") + delta["delta"]["toolUse"]["input"]
    same([json.loads(text or "{}") for text in inputs.values()], [STOCK, {}])


def structured():
    schema = {"structure": {"jsonSchema": {"name": "hours", "schema": json.dumps(HOURS_SCHEMA)}}, "type": "json_schema"}
    answer = ask(said("structured"), outputConfig={"textFormat": schema})
    same(sorted(json.loads(answer["output"]["message"]["content"][0]["text"])), ["opens", "shop"])


def documents():
    image = {"image": {"format": "png", "source": {"bytes": PNG}}}
    document = {"document": {"format": "pdf", "name": "price list", "source": {"bytes": PDF}}}
    same(ask(said("look", image, document))["output"]["message"]["content"][0]["text"], LOOKED)


def caching():
    system = [{"text": LONG}, {"cachePoint": {"type": "default"}}]
    cached(lambda: ask(said("cached"), system=system)["usage"].get("cacheReadInputTokens"))


def thinking():
    more = {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}, "inferenceConfig": {"maxTokens": 4096}}
    answer = ask(said("think"), **more)["output"]["message"]
    same(ask([*said("think"), answer, *said("go on")], **more)["output"]["message"]["content"][0]["text"], GONE_ON)


run({"plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured, "images, documents": documents,
     "caching": caching, "thinking sent back": thinking, "errors, attempts": lambda: attempts(lambda: ask(said("text"))),
     "mid-stream error": lambda: breaks(lambda: call("converse_stream", messages=said("broken"))),
     "CountTokens": lambda: holds(call("count_tokens", modelId=HAIKU.removeprefix("us."), input={"converse": {"messages": said("Hello, world!")}})["inputTokens"] > 5, "no tokens")})

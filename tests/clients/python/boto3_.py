"""boto3: Converse and its stream."""

import boto3

from cells import *

client = boto3.client("bedrock-runtime", endpoint_url=URL)
TOOLS = {"tools": [
    {"toolSpec": {"name": "stock", "inputSchema": {"json": STOCK_SCHEMA}}},
    {"toolSpec": {"name": "now", "inputSchema": {"json": NOW_SCHEMA}}},
]}


def said(text, *more):
    return [{"role": "user", "content": [{"text": text}, *more]}]


def ask(messages, **more):
    return client.converse(modelId=HAIKU, messages=messages, **more)


def streamed(messages, **more):
    return list(client.converse_stream(modelId=HAIKU, messages=messages, **more)["stream"])


def plain():
    answer = ask(said("text"))
    same(answer["output"]["message"]["content"], [{"text": TEXT}])
    same((answer["usage"]["inputTokens"], answer["usage"]["outputTokens"], answer["stopReason"]), (12, 21, "end_turn"))


def stream():
    events = streamed(said("text"))
    pieces(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    same(events[-1]["metadata"]["usage"]["outputTokens"], 21)


def tools():
    answer = ask(said("tool"), toolConfig=TOOLS)["output"]["message"]
    uses = [block["toolUse"] for block in answer["content"]]
    same([(use["name"], use["input"]) for use in uses], [("stock", STOCK), ("now", {})])
    results = [{"toolResult": {"toolUseId": use["toolUseId"], "content": [{"json": {"ok": True}}]}} for use in uses]
    after = ask([*said("tool"), answer, {"role": "user", "content": results}], toolConfig=TOOLS)
    same(after["output"]["message"]["content"], [{"text": ANSWERED}])


def stream_tools():
    inputs = {}
    for event in streamed(said("tool"), toolConfig=TOOLS):
        if "contentBlockDelta" in event:
            delta = event["contentBlockDelta"]
            inputs[delta["contentBlockIndex"]] = inputs.get(delta["contentBlockIndex"], "") + delta["delta"]["toolUse"]["input"]
    same([json.loads(text or "{}") for text in inputs.values()], [STOCK, {}])


def structured():
    schema = {"structure": {"jsonSchema": {"name": "hours", "schema": json.dumps(HOURS_SCHEMA)}}, "type": "json_schema"}
    answer = ask(said("structured"), outputConfig={"textFormat": schema})
    hours = json.loads(answer["output"]["message"]["content"][0]["text"])
    same((sorted(hours), type(hours["opens"])), (["opens", "shop"], int))


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
    same(answer["content"][0]["reasoningContent"]["reasoningText"]["text"], THOUGHT)
    same(ask([*said("think"), answer, *said("go on")], **more)["output"]["message"]["content"][0]["text"], GONE_ON)


def errors():
    # The attempts of legacy, which is boto3's default, are five.
    standard = boto3.client("bedrock-runtime", endpoint_url=URL, config=boto3.session.Config(retries={"mode": "standard"}))
    return attempts(lambda: standard.converse(modelId=HAIKU, messages=said("text")))


def mid_stream():
    return breaks(lambda: streamed(said("broken")))


def count():
    same(client.count_tokens(modelId=HAIKU.removeprefix("us."), input={"converse": {"messages": said("Hello, world!")}})["inputTokens"] > 5, True)


run({"plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured, "images, documents": documents,
     "caching": caching, "thinking sent back": thinking, "errors, attempts": errors, "mid-stream error": mid_stream, "CountTokens": count})

"""Writes a Bedrock invocation log for tests and measurements: NDJSON, the same for the same arguments.

usage: generate_log.py RECORDS [SEED] > log.ndjson
"""
import json
import random
import sys
from datetime import datetime, timedelta, timezone

MODELS = [
    ("anthropic.claude-haiku-4-5-20251001-v1:0", 0.6),
    ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.3),
    ("arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.anthropic.claude-sonnet-4-6", 0.1),
]
KINDS = ["faq", "lookup", "recommend"]
TEXT = "鬼滅の刃の全巻セットの価格と在庫を教えてください。 Please also check \"One Piece\" {vol. 1}. "


def main(records, seed):
    rng = random.Random(seed)
    at = datetime(2026, 11, 20, 22, 0, 0, tzinfo=timezone.utc)
    ids, weights = zip(*MODELS)
    for index in range(records):
        at += timedelta(milliseconds=rng.expovariate(1 / 700.0))
        kind = rng.choice(KINDS)
        model = rng.choices(ids, weights)[0]
        long = index % 500 == 7
        input_tokens = rng.randint(210_000, 260_000) if long else int(rng.lognormvariate(5.5, 0.9)) + 1
        output_tokens = int(rng.lognormvariate(5.0, 0.7)) + 1
        cached = index % 3 == 0
        hit = rng.random() < 0.7
        ttft = int(rng.lognormvariate(6.0, 0.4))
        latency = ttft + output_tokens * 9
        record = {
            "schemaType": "ModelInvocationLog",
            "schemaVersion": "1.0",
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S") + f".{at.microsecond // 1000:03d}Z",
            "accountId": "111122223333",
            "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/chatbot/session"},
            "region": "us-east-1",
            "requestId": f"00000000-0000-4000-8000-{index:012d}",
            "operation": "InvokeModelWithResponseStream" if index % 2 else "Converse",
            "modelId": model,
            "requestMetadata": {"queryType": kind},
            "input": {
                "inputContentType": "application/json",
                "inputTokenCount": input_tokens,
                "inputBodyJson": {
                    "messages": [{"role": "user", "content": [{"text": f"{kind}: " + TEXT * rng.randint(1, 12)}]}]
                },
            },
        }
        if cached:
            record["input"]["cacheReadInputTokenCount"] = 2000 if hit else 0
            record["input"]["cacheWriteInputTokenCount"] = 0 if hit else 2000
        if index % 97 == 5:
            record["errorCode"] = "ThrottlingException" if index % 2 else "InternalServerException"
            record["input"]["inputTokenCount"] = 0
        else:
            answer = TEXT * rng.randint(1, 8)
            if index % 2:
                body = [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": answer}}]
                metrics = {"inputTokenCount": input_tokens, "outputTokenCount": output_tokens,
                           "invocationLatency": latency, "firstByteLatency": ttft}
                body.append({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics})
            else:
                body = {"output": {"message": {"role": "assistant", "content": [{"text": answer}]}},
                        "stopReason": "end_turn", "metrics": {"latencyMs": latency}}
            record["output"] = {
                "outputContentType": "application/json",
                "outputTokenCount": output_tokens,
                "outputBodyJson": body,
            }
        print(json.dumps(record, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)

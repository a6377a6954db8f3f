"""Writes the small files of this folder: one of each form that the importer reads, of our own making, with
bill.json beside them. The bills are worked out by hand in `bills`, from prices per million tokens.

usage: make.py   (in this folder)
"""
import base64
import gzip
import json

HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"  # in 1, out 5, write 1.25, 1 h 2, read 0.1


def record(index, **changes):
    """A record of the invocation log: 1,000 in, 100 out: 0.001 + 0.0005 = 0.0015 USD."""
    out = {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
        "timestamp": f"2026-11-20T09:00:{index:02}Z", "accountId": "111122223333", "region": "us-east-1",
        "requestId": f"00000000-0000-4000-8000-{index:012}", "operation": "Converse", "modelId": HAIKU,
        "input": {"inputContentType": "application/json", "inputTokenCount": 1000},
        "output": {"outputContentType": "application/json", "outputTokenCount": 100},
    }
    out.update(changes)
    return out


TWO = [record(1), record(2)]
TEXTS = [json.dumps(one) for one in TWO]
T = [1795165201000, 1795165202000]


def write(name, text):
    data = text if isinstance(text, bytes) else text.encode()
    with open(name, "wb") as file:
        file.write(data)


def lines(name, values):
    write(name, "".join(json.dumps(value) + "\n" for value in values))


def csv(name, *rows):
    write(name, "\n".join(rows) + "\n")


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


# CloudWatch, in six forms.
write("cloudwatch-filter-log-events.json", json.dumps({"events": [{"logStreamName": "aws/bedrock/modelinvocations", "timestamp": t, "message": m, "ingestionTime": t, "eventId": str(t)} for t, m in zip(T, TEXTS)], "searchedLogStreams": []}, indent=4))
write("cloudwatch-export-task.txt", "".join(f"2026-11-20T09:00:0{i + 1}.000Z {m}\n" for i, m in enumerate(TEXTS)))
write("cloudwatch-subscription.json", json.dumps({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "bedrock", "logStream": "aws/bedrock/modelinvocations", "subscriptionFilters": ["all"], "logEvents": [{"id": str(t), "timestamp": t, "message": m} for t, m in zip(T, TEXTS)]}) + json.dumps({"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "", "subscriptionFilters": [], "logEvents": [{"id": "", "timestamp": T[0], "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}))
write("cloudwatch-subscription-lambda.json", json.dumps({"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": T[0], "message": TEXTS[0]}, {"id": "2", "timestamp": T[1], "message": TEXTS[1]}]}).encode(), mtime=0)).decode()}}))
csv("cloudwatch-insights-message.csv", "@timestamp,@message", *[f"2026-11-20 09:00:0{i + 1}.000,{quoted(m)}" for i, m in enumerate(TEXTS)])
csv("cloudwatch-insights-fields.csv", "@timestamp,modelId,input.inputTokenCount,output.outputTokenCount,requestId", f"2026-11-20 09:00:01.000,{HAIKU},1000,100,a-1", f"2026-11-20 09:00:02.000,{HAIKU},1000,100,a-2")
write("cloudwatch-query-results.json", json.dumps({"results": [[{"field": "@timestamp", "value": "2026-11-20 09:00:01.000"}, {"field": "@message", "value": m}, {"field": "@ptr", "value": "x"}] for m in TEXTS], "statistics": {"recordsMatched": 2.0}, "status": "Complete"}, indent=4))
write("cloudwatch-tail.txt", "".join(f"2026-11-20T09:00:0{i + 1}.000000+00:00 aws/bedrock/modelinvocations {m}\n" for i, m in enumerate(TEXTS)))

# Athena: names in lower case, structs in its own notation or as JSON.
csv("athena-structs.csv", '"schematype","timestamp","region","requestid","operation","modelid","errorcode","input","output"', *[f'"ModelInvocationLog","2026-11-20T09:00:0{i}Z","us-east-1","b-{i}","Converse","{HAIKU}",,"{{inputcontenttype=application/json, inputtokencount=1000, cachereadinputtokencount=null, inputbodyjson={{a=1, b=x}}}}","{{outputcontenttype=application/json, outputtokencount=100}}"' for i in (1, 2)])
csv("athena-json.csv", '"timestamp","requestid","modelid","operation","input","output"', *[f'"2026-11-20T09:00:0{i}Z","c-{i}","{HAIKU}","Converse",{quoted(json.dumps({"inputtokencount": 1000}))},{quoted(json.dumps({"outputtokencount": 100}))}' for i in (1, 2)])
csv("athena-flat.csv", "timestamp,requestid,modelid,inputtokencount,outputtokencount,cachereadinputtokencount", f"2026-11-20T09:00:01Z,d-1,{HAIKU},1000,100,", f"2026-11-20T09:00:02Z,d-2,{HAIKU},1000,100,0")

# Numbers, times, separators and encodings.
csv("numbers.csv", "timestamp,model,input_tokens,output_tokens", f'1795165201,{HAIKU},"1,000",100.0', f"1795165202000,{HAIKU},1000.0,1e2", f"2026/11/20 18:00:00,{HAIKU},1000,100")
csv("semicolons.csv", "timestamp;model;input_tokens;output_tokens", f"2026-11-20T09:00:01Z;{HAIKU};1.000;100", f"2026-11-20T09:00:02Z;{HAIKU};1000;100")
write("utf-16.csv", f"timestamp\tmodel\tinput_tokens\toutput_tokens\r\n2026-11-20T09:00:01Z\t{HAIKU}\t1000\t100\r\n".encode("utf-16"))
write("bom.csv", b"\xef\xbb\xbf" + f"timestamp,model,input_tokens,output_tokens\n2026-11-20T09:00:01Z,{HAIKU},1000,100\n".encode())
lines("metadata.ndjson", [record(1, requestMetadata={"team": None, "attempt": 3, "ok": True}), record(2, requestMetadata=None, errorCode=None)])
lines("counts-as-text.ndjson", [record(1, input={"inputTokenCount": "1,000"}, output={"outputTokenCount": 100.0})])

# Caches.
csv("anthropic-names.csv", "timestamp,model,input_tokens,output_tokens,cache_creation_input_tokens,cache_read_input_tokens", f"2026-11-20T09:00:00Z,{HAIKU},10,20,5000,1000")
csv("converse-names.csv", "timestamp,modelId,inputTokens,outputTokens,cacheWriteInputTokens,cacheReadInputTokens", f"2026-11-20T09:00:00Z,{HAIKU},10,20,5000,1000")
csv("openai-names.csv", "timestamp,model,prompt_tokens,completion_tokens,cached_tokens", f"2026-11-20T09:00:00Z,{HAIKU},10000,200,9000")
csv("openai-usage.csv", "start_time,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens,batch", f"1795165200,{HAIKU},10,100000,2000,90000,false")
csv("helicone.csv", "request_id,request_created_at,request_model,prompt_tokens,completion_tokens,prompt_cache_read_tokens,prompt_cache_write_tokens,latency,status,total_tokens", f"e-1,2026-11-20T09:00:00Z,{HAIKU},10,20,1000,5000,812,200,6030")
csv("cached-counts.csv", "timestamp,model,input_tokens,output_tokens,cached", f"2026-11-20T09:00:00Z,{HAIKU},10000,200,9000", f"2026-11-20T09:00:01Z,{HAIKU},10000,200,0")
csv("cached-truth.csv", "timestamp,model,input_tokens,output_tokens,cached", f"2026-11-20T09:00:00Z,{HAIKU},10000,200,true", f"2026-11-20T09:00:01Z,{HAIKU},10000,200,false")
HOUR = {"inputTokens": 100, "outputTokens": 100, "cacheWriteInputTokens": 10000, "cacheDetails": [{"ttl": "1h", "inputTokens": 10000}], "totalTokens": 10200}
lines("one-hour-converse.ndjson", [record(1, input={"inputTokenCount": 100, "cacheWriteInputTokenCount": 10000}, output={"outputTokenCount": 100, "outputBodyJson": {"metrics": {"latencyMs": 9}, "usage": HOUR}})])
CLAUDE = {"input_tokens": 100, "output_tokens": 100, "cache_creation_input_tokens": 10000, "cache_read_input_tokens": 0, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10000}}
lines("one-hour-claude.ndjson", [
    record(1, operation="InvokeModel", input={"inputTokenCount": 100, "cacheWriteInputTokenCount": 10000}, output={"outputTokenCount": 100, "outputBodyJson": {"type": "message", "usage": CLAUDE}}),
    record(2, operation="InvokeModelWithResponseStream", input={"inputTokenCount": 100, "cacheWriteInputTokenCount": 10000}, output={"outputTokenCount": 100, "outputBodyJson": [{"type": "message_start", "message": {"usage": CLAUDE}}, {"type": "message_delta", "usage": {"output_tokens": 100}}, {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 100, "outputTokenCount": 100, "invocationLatency": 900, "firstByteLatency": 300, "cacheWriteInputTokenCount": 10000, "cacheReadInputTokenCount": 0}}]}),
])

# Tiers, regions, failures.
lines("tier-flex.ndjson", [record(1, modelId="amazon.nova-pro-v1:0", serviceTier="flex", input={"inputTokenCount": 1_000_000}, output={"outputTokenCount": 100_000})])
lines("region.ndjson", [record(1, modelId="deepseek.v3.2", region="ap-northeast-1", input={"inputTokenCount": 1_000_000}, output={"outputTokenCount": 1_000_000}), record(2, modelId="deepseek.v3.2", region="us-east-1", input={"inputTokenCount": 1_000_000}, output={"outputTokenCount": 1_000_000})])
csv("errors.csv", "timestamp,model,input_tokens,output_tokens,error", *[f"2026-11-20T09:00:0{i}Z,{HAIKU},1000,20,{word}" for i, word in enumerate(["false", "0", "null", "-", "none", "OK", "200", ""])], f"2026-11-20T09:00:08Z,{HAIKU},1000,0,ThrottlingException")
lines("broken-stream.ndjson", [record(1, operation="ConverseStream", errorCode="ModelStreamErrorException", output={"outputTokenCount": 40})])

# Tools.
lines("litellm-spend-logs.json", [])
write("litellm-spend-logs.json", json.dumps([
    {"request_id": "f-1", "call_type": "acompletion", "api_key": "x", "spend": 0.0029, "total_tokens": 10200, "prompt_tokens": 10000, "completion_tokens": 200, "startTime": "2026-11-20T09:00:00.000000Z", "endTime": "2026-11-20T09:00:02.500000Z", "completionStartTime": "2026-11-20T09:00:00.700000Z", "model": f"bedrock/{HAIKU}", "model_id": "", "model_group": "haiku", "custom_llm_provider": "bedrock", "api_base": "", "user": "u", "metadata": {"usage_object": {"prompt_tokens": 10000, "completion_tokens": 200, "cache_read_input_tokens": 9000, "prompt_tokens_details": {"cached_tokens": 9000}}, "additional_usage_values": {"cache_read_input_tokens": 9000, "cache_creation_input_tokens": 0}}, "cache_hit": "False", "cache_key": "Cache OFF", "request_tags": [], "status": "success", "session_id": "s"},
]))
write("langfuse-observations.json", json.dumps({"data": [
    {"id": "0123456789abcdef", "traceId": "t-1", "type": "GENERATION", "name": "chat", "startTime": "2026-11-20T09:00:00.000Z", "endTime": "2026-11-20T09:00:01.000Z", "completionStartTime": None, "model": HAIKU, "input": [{"role": "user", "content": "hi"}], "output": {"text": "hello"}, "usageDetails": {"input": 10, "output": 20, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 5000, "total": 6030}, "usage": {"input": 6010, "output": 20, "total": 6030, "unit": "TOKENS"}, "costDetails": {"total": 0.00646}, "calculatedTotalCost": 0.00646, "level": "DEFAULT", "promptTokens": 6010, "completionTokens": 20, "totalTokens": 6030},
    {"id": "fedcba9876543210", "traceId": "t-1", "type": "SPAN", "name": "retrieve", "startTime": "2026-11-20T09:00:00.000Z", "endTime": "2026-11-20T09:00:01.000Z"},
], "meta": {"page": 1, "totalItems": 2}}))


def attributes(**values):
    return [{"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}} for key, value in values.items()]


SPAN = {"gen_ai.operation.name": "chat", "gen_ai.system": "aws.bedrock", "gen_ai.request.model": HAIKU, "gen_ai.usage.input_tokens": 10000, "gen_ai.usage.output_tokens": 200, "gen_ai.usage.cache_read.input_tokens": 9000}
lines("otel-spans.jsonl", [{"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "bedrock"}, "spans": [
    {"traceId": "aa", "spanId": "01", "name": "chat", "startTimeUnixNano": "1795165200000000000", "endTimeUnixNano": "1795165201500000000", "attributes": attributes(**SPAN), "status": {}},
    {"traceId": "aa", "spanId": "02", "name": "invoke_agent", "startTimeUnixNano": "1795165200000000000", "endTimeUnixNano": "1795165201500000000", "attributes": attributes(**{**SPAN, "gen_ai.operation.name": "invoke_agent"}), "status": {}},
]}]}]}])
write("otel-console.json", json.dumps({"name": "chat", "context": {"trace_id": "0xaa", "span_id": "0x01", "trace_state": "[]"}, "kind": "SpanKind.CLIENT", "parent_id": None, "start_time": "2026-11-20T09:00:00.000000Z", "end_time": "2026-11-20T09:00:01.500000Z", "status": {"status_code": "UNSET"}, "attributes": SPAN, "events": [], "links": [], "resource": {"attributes": {}, "schema_url": ""}}, indent=4))
ANSWER = {"id": "msg_01", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001", "content": [{"type": "text", "text": "."}]}
USAGE = {"input_tokens": 10, "cache_creation_input_tokens": 5000, "cache_read_input_tokens": 1000, "cache_creation": {"ephemeral_5m_input_tokens": 5000, "ephemeral_1h_input_tokens": 0}, "service_tier": "standard"}
SESSION = {"parentUuid": None, "isSidechain": False, "userType": "external", "cwd": "/x", "sessionId": "s-1", "version": "2.0.0", "requestId": "req_01"}
lines("claude-code-session.jsonl", [
    {"type": "summary", "summary": "A talk", "leafUuid": "u-9"},
    {**SESSION, "type": "user", "message": {"role": "user", "content": "hi"}, "uuid": "u-1", "timestamp": "2026-11-20T08:59:59.000Z"},
    {**SESSION, "type": "assistant", "message": {**ANSWER, "usage": {**USAGE, "output_tokens": 1}}, "uuid": "u-2", "timestamp": "2026-11-20T09:00:00.000Z"},
    {**SESSION, "type": "assistant", "message": {**ANSWER, "usage": {**USAGE, "output_tokens": 20}}, "uuid": "u-3", "timestamp": "2026-11-20T09:00:01.000Z"},
])
lines("batch-output.jsonl.out", [
    {"recordId": "CALL0000001", "modelInput": {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 10, "messages": []}, "modelOutput": {"model": "claude-haiku-4-5-20251001", "type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn", "usage": {"input_tokens": 1000, "output_tokens": 100}}},
    {"recordId": "CALL0000002", "modelInput": {}, "error": {"errorCode": 400, "errorMessage": "bad"}},
])

# What has no price here, beside what has one.
lines("image-beside-text.ndjson", [record(1), record(2, modelId="stability.sd3-5-large-v1:0", operation="InvokeModel", input={"inputContentType": "application/json"}, output={"outputContentType": "application/json"})])
lines("guardrail.ndjson", [record(1, output={"outputTokenCount": 100, "outputBodyJson": {"metrics": {"latencyMs": 5}, "trace": {"guardrail": {"inputAssessment": {"g1": {"invocationMetrics": {"guardrailProcessingLatency": 3, "usage": {"topicPolicyUnits": 0, "contentPolicyUnits": 2, "wordPolicyUnits": 1, "sensitiveInformationPolicyUnits": 0, "sensitiveInformationPolicyFreeUnits": 0, "contextualGroundingPolicyUnits": 0}}}}}}, "usage": {"inputTokens": 1000, "outputTokens": 100, "totalTokens": 1100}}})])
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"
lines("application-profile.ndjson", [record(1, modelId=PROFILE)])
lines("prompt-router.ndjson", [record(1, modelId="arn:aws:bedrock:us-east-1:111122223333:default-prompt-router/anthropic.claude:1", output={"outputTokenCount": 100, "outputBodyJson": {"metrics": {"latencyMs": 5}, "trace": {"promptRouter": {"invokedModelId": f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{HAIKU}"}}, "usage": {"inputTokens": 1000, "outputTokens": 100}}})])

# By hand, in USD; prices of HAIKU per million: in 1, out 5, write 1.25, 1 h write 2, read 0.1.
PAIR = {"bill_usd": 2 * (1000 * 1 + 100 * 5) / 1e6, "requests": 2}
ONE = {"bill_usd": 0.0015, "requests": 1}
CACHED = {"bill_usd": (10 * 1 + 20 * 5 + 1000 * 0.1 + 5000 * 1.25) / 1e6, "requests": 1}  # 0.00646
OPENAI = {"bill_usd": (1000 * 1 + 9000 * 0.1 + 200 * 5) / 1e6, "requests": 1, "counts": "inclusive"}  # 0.0029
bills = {
    **{name: PAIR for name in ["cloudwatch-filter-log-events.json", "cloudwatch-export-task.txt", "cloudwatch-subscription.json", "cloudwatch-subscription-lambda.json", "cloudwatch-insights-message.csv", "cloudwatch-insights-fields.csv", "cloudwatch-query-results.json", "cloudwatch-tail.txt", "athena-structs.csv", "athena-json.csv", "athena-flat.csv", "semicolons.csv", "metadata.ndjson"]},
    "numbers.csv": {"bill_usd": 0.0045, "requests": 3},
    **{name: ONE for name in ["utf-16.csv", "bom.csv", "counts-as-text.ndjson", "prompt-router.ndjson"]},
    **{name: CACHED for name in ["anthropic-names.csv", "converse-names.csv", "helicone.csv", "langfuse-observations.json", "claude-code-session.jsonl"]},
    **{name: OPENAI for name in ["openai-names.csv", "litellm-spend-logs.json", "otel-spans.jsonl", "otel-console.json"]},
    "openai-usage.csv": {"bill_usd": 0.029, "requests": 10, "counts": "inclusive"},
    "cached-counts.csv": {"bill_usd": 0.0029 + (10000 + 1000) / 1e6, "requests": 2, "counts": "inclusive"},
    "cached-truth.csv": {"bill_usd": (10000 + 1000) / 1e6, "requests": 2},
    "one-hour-converse.ndjson": {"bill_usd": (100 * 1 + 100 * 5 + 10000 * 2) / 1e6, "requests": 1},  # 0.0206
    "one-hour-claude.ndjson": {"bill_usd": 2 * 0.0206, "requests": 2},
    "tier-flex.ndjson": {"bill_usd": 0.4 + 0.16, "requests": 1},  # nova-pro flex: in 0.4, out 1.6
    "region.ndjson": {"bill_usd": (0.74 + 2.22) + (0.62 + 1.85), "requests": 2},  # deepseek.v3.2 in Tokyo, in Virginia
    "errors.csv": {"bill_usd": 8 * 0.0011, "requests": 9},
    "broken-stream.ndjson": {"bill_usd": 0.0012, "requests": 1},  # 1,000 in, 40 out were counted
    "batch-output.jsonl.out": {"bill_usd": 0.00075, "requests": 2},  # batch: in 0.5, out 2.5
    "image-beside-text.ndjson": {"bill_usd": None, "known_usd": 0.0015, "at_least": True, "requests": 2},
    "guardrail.ndjson": {"bill_usd": 0.0015 + 2 * 0.15 / 1000, "requests": 1},
    "application-profile.ndjson": {"bill_usd": None, "known_usd": 0, "at_least": True, "requests": 1, "with_profile": {"arn": PROFILE, "model": HAIKU, "bill_usd": 0.0015}},
}
write("bill.json", json.dumps(bills, indent=1) + "\n")

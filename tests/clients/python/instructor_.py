"""instructor over boto3: structured output by a tool or by JSON."""

import boto3
import instructor
from botocore.config import Config
from pydantic import BaseModel

from cells import *


class Hours(BaseModel):
    shop: str
    opens: int


runtime = boto3.client("bedrock-runtime", endpoint_url=URL, config=Config(retries={"mode": "standard"}))
client = instructor.from_bedrock(runtime, mode=instructor.Mode.BEDROCK_TOOLS)


def ask(text):
    return client.chat.completions.create(modelId=HAIKU, messages=[{"role": "user", "content": [{"text": text}]}], response_model=Hours, max_retries=1)


WHOLE = "instructor asks for structured answers only"
run({"plain": WHOLE, "stream": "its Bedrock client does not stream", "tools": WHOLE, "stream tools": WHOLE,
     "structured": lambda: holds(isinstance(ask("structured"), Hours), "nothing parsed"),
     "images, documents": WHOLE, "caching": WHOLE, "thinking sent back": WHOLE,
     "errors, attempts": lambda: attempts(lambda: ask("structured")), "mid-stream error": "its Bedrock client does not stream", "CountTokens": WHOLE})

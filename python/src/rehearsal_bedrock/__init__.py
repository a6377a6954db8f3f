"""A mock of the Amazon Bedrock runtime for tests.

With pytest nothing needs to be imported: the fixture ``bedrock_mock`` starts the mock and points every AWS SDK at it.
Elsewhere::

    from rehearsal_bedrock import Mock

    with Mock(fixtures="tests/answers") as mock:
        client = boto3.client("bedrock-runtime", endpoint_url=mock.url, region_name="us-east-1", ...)
"""

from ._mock import BinaryNotFound, Mock, MockError, binary

__all__ = ["BinaryNotFound", "Mock", "MockError", "binary"]

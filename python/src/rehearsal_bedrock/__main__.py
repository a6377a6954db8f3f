"""``python -m rehearsal_bedrock``: the command line."""

import subprocess
import sys

from ._mock import BinaryNotFound, binary


def main() -> int:
    try:
        return subprocess.call([binary(), *sys.argv[1:]])
    except BinaryNotFound as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())

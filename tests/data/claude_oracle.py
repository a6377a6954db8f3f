"""Writes tests/data/claude_counts.jsonl: texts with the counts of both generations of Claude's tokenizer as ctok
reconstructs them, without the message's frame.

usage: claude_oracle.py > claude_counts.jsonl      (pip install ctok==1.3.0)
"""
import json
import random
import sys

from ctok import token_count

PARTS = [
    "a", "Z", "hello", "HTTPServer", "fooBar", "NASA", "Hello", " ", "  ", "\n", "\n\n", "\r\n", "\t", "'s", "'LL", "'", "don't",
    "1", "12345", "½", "Ⅷ", "Ⓐ", "!", "://", "/", ".\n", "_", "é", "É", "e\u0301", "\u0301", "ǅ", "ʰ", "漢字", "ひらがな", "カタカナー", "〆",
    "々", "〇", "한국어", "ไทย", "กำ", "مرحبا", "١٢", "नमस्ते", "क्षि", "🙂", "👋🏽", "\u200d", "\u00a0", "\u3000", "\u0000", "\u0007", "\ufeff",
    "、", "。", "？", "“q”", "‘q’", "—", "→", "…", "№", "ẞ", "İSTANBUL", "Σίσυφος", "ΣΑΣ", "ϴ", "\ufe0f", "⚖️", "x²", "\u0730", "\u0711",
    "\ufdd0", "\ue000", "\U00020000", "getElementsByTagName", "ΑΒΓΔ", "Привет", "ЁЖ", "the quick", "of", "\u05b0", "שלום", "Ωmega", "ℳ",
]


def main():
    rng = random.Random(7)
    for index in range(1_500):
        text = "".join(rng.choice(PARTS) for _ in range(rng.randint(1, 9)))
        if index % 3 == 0:
            c = rng.randrange(0x20, 0x2FFFF)
            # A table of characters newer than the oracle's own would be compared otherwise.
            text += chr(c) if not 0xD800 <= c < 0xE000 and __import__("unicodedata").category(chr(c)) != "Cn" else "?"
        json.dump([text, token_count(text) - 7, token_count(text, "4.8") - 6], sys.stdout, ensure_ascii=True)
        print()


main()

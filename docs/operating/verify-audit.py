#!/usr/bin/env python3
"""Verifies an exported audit (GET /api/v1/audit/export) by the bytes that docs/adr/0021-the-audit-chain.md names, without any of Busbar's code."""
import hashlib
import json
import sys
import uuid

TEXTS = ["actor", "way", "source", "action", "kind", "thing", "name", "outcome", "before", "after"]


def content(entry):
    parts = [uuid.UUID(entry["id"]).bytes, entry["at"].to_bytes(8, "big")]
    for name in TEXTS:
        text = entry[name]
        parts.append(b"\xff\xff\xff\xff" if text is None else len(text.encode()).to_bytes(4, "big") + text.encode())
    return b"".join(parts)


previous, place = None, 0
for line in open(sys.argv[1], encoding="utf-8"):
    entry = json.loads(line)
    if previous is None:
        previous, place = bytes.fromhex(entry["previous"]), entry["sequence"] - 1
    place += 1
    head = previous + b"\x01" + uuid.UUID(entry["tenant"]).bytes + place.to_bytes(8, "big")
    computed = hashlib.sha256(head + content(entry)).digest()
    if entry["sequence"] != place or entry["previous"] != previous.hex() or entry["hash"] != computed.hex():
        sys.exit(f"broken at {place}")
    previous = computed
print(f"whole up to {place}: {previous.hex() if previous else '-'}")

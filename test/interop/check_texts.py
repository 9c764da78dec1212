"""Checks text forms against Python's own.

usage: check_texts.py < JSON    prints the indexes of what Python reads or writes otherwise

The JSON holds `floats`: [hex of the IEEE 754 bytes, text], `yaml`: [text of a file, the value it was made of].
"""

import json
import struct
import sys

import yaml

cases = json.load(sys.stdin)
floats = [
    i
    for i, (bits, text) in enumerate(cases["floats"])
    if repr(struct.unpack(">d", bytes.fromhex(bits))[0]) != text
]


def differs(text, value):
    try:
        loaders = [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)]
        return any(yaml.load(text.encode("utf-8"), Loader=loader) != value for loader in loaders)
    except (yaml.YAMLError, UnicodeError):
        return True


texts = [i for i, (text, value) in enumerate(cases["yaml"]) if differs(text, value)]
json.dump({"floats": floats, "yaml": texts}, sys.stdout)

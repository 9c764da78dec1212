"""Prints as JSON what Python's zipfile finds in a zip: how many entries, the first broken one, some sizes.

usage: check_zip.py ZIP NAME...
"""

import json
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as archive:
    answer = {
        "entries": len(archive.namelist()),
        "broken": archive.testzip(),
        "sizes": {name: archive.getinfo(name).file_size for name in sys.argv[2:]},
    }
json.dump(answer, sys.stdout)

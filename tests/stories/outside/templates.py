"""What airspeed makes of the cases of the mapping-template language, as a JSON list.

    templates.py CASES

An error is an object with its text.
"""

import json
import pathlib
import sys

import airspeed


def rendered(case):
    try:
        return airspeed.Template("\n".join(case["template"])).merge({})
    except Exception as error:
        return {"error": str(error)}


cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
json.dump([rendered(case) for case in cases], sys.stdout)

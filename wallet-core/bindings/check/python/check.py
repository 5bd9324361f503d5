"""Runs every check of the generated Python bindings; a line for each, as `ok NAME` or `FAIL NAME: why`."""

import sys
import traceback

import check_verifier
import check_wallet

for module in (check_verifier, check_wallet):
    for name, check in sorted(vars(module).items()):
        if not name.startswith("check_"):
            continue
        title = f"{module.__name__.removeprefix('check_')}: {name.removeprefix('check_').replace('_', ' ')}"
        try:
            check()
            print(f"ok {title}")
        except Exception as error:
            print(f"FAIL {title}: {error!r}")
            traceback.print_exc(file=sys.stderr)

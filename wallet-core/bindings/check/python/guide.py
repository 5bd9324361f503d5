"""Every piece of Kotlin and Swift in the guide stands in an example that is checked, letter for letter."""

import re
import sys
from pathlib import Path

guide, examples = Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]]
texts = {path.suffix: "" for path in examples}
for path in examples:
    texts[path.suffix] += path.read_text()
pieces = re.findall(r"^```(kotlin|swift)\n(.*?)^```$", guide.read_text(), re.MULTILINE | re.DOTALL)
suffixes = {"kotlin": ".kt", "swift": ".swift"}
for number, (language, piece) in enumerate(pieces, 1):
    found = piece in texts[suffixes[language]]
    print(f"ok guide: piece {number}" if found else f"FAIL guide: piece {number} is in no {language} example")
if not pieces:
    print("FAIL guide: there is no example in it")

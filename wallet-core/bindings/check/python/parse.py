"""Parses Kotlin and Swift with their grammars; a line for each file, as `ok NAME` or `FAIL NAME: where`."""

import sys
from pathlib import Path

import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Parser

GRAMMARS = {".kt": tree_sitter_kotlin, ".swift": tree_sitter_swift}


def faults(node):
    """Nodes that the grammar could not make sense of, the innermost ones."""
    inner = [fault for child in node.children if child.has_error for fault in faults(child)]
    return inner or ([node] if node.is_error or node.is_missing or node.has_error else [])


for path in map(Path, sys.argv[1:]):
    text = path.read_text()
    if path.suffix == ".swift":
        # The grammar does not know this attribute, which the compiler has for generated code.
        text = text.replace("@_documentation(visibility: private)\n", "\n")
    tree = Parser(Language(GRAMMARS[path.suffix].language())).parse(text.encode())
    found = faults(tree.root_node)
    where = ", ".join(f"line {node.start_point.row + 1}" for node in found[:5])
    print(f"FAIL parse: {path.name}: {where}" if found else f"ok parse: {path.name}")

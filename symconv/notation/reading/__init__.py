"""Text of mathematics, in LaTeX or plain, read into the tree of notation. Nothing is evaluated, and nothing is guessed.

A text is cut into pieces and, where it is a display, into its formulas (`rows`). The scanner takes TeX's arguments and
scripts apart and says what is a name, a call or a word; a LALR grammar (`formula.lark`, and `formula.json` made of it)
finds the structure, and the builder makes nodes of it. What only the subject can tell stays as it is written: `Named`,
`Applied`, `Operation`, `Differential`. Given a `Style`, these are resolved into what the printers print.
"""

from symconv.notation.reading.canonical import canonical
from symconv.notation.reading.indices import positions, split_index
from symconv.notation.reading.reader import Statement, read, read_list, resolved, resolver, statements

__all__ = [
    "Statement",
    "canonical",
    "positions",
    "read",
    "read_list",
    "resolved",
    "resolver",
    "split_index",
    "statements",
]

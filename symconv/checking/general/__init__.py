"""Formulas with index letters and sums, decided for all sizes.

`names` and `layout` say which letters are arrays and which of their indices are positions, channels or examples,
`letters` what the other letters are, `readings` all ways to understand a formula; `converting` makes the formula of one
way, which `terms` and `sets` compare for all sizes and `concrete` works out at known ones.
"""

from symconv.checking.general.answer import General, Hints
from symconv.checking.general.deciding import decide

__all__ = ["General", "Hints", "decide"]

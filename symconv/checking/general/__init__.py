"""Formulas with index letters and sums, decided for all sizes.

`names` and `layout` say which letters are arrays and which of their indices are positions, channels or examples,
`letters` what the other letters are, `readings` all ways to understand a formula; `converting` makes the formula of one
way, which `terms` and `sets` compare for all sizes and `concrete` works out at known ones. `operators` makes claims of
forms with whole arrays.
"""

from symconv.checking.general.answer import General, Hints
from symconv.checking.general.deciding import decide, decide_chain
from symconv.checking.general.operators import decide_operators, is_operator_form

__all__ = ["General", "Hints", "decide", "decide_chain", "decide_operators", "is_operator_form"]

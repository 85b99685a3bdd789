"""The array operations that closed forms are made of.

A closed form is a pipeline such as `Correlate(Window(Leaf("X"), ...), Spread(Leaf("G"), ...), ...)`. Each operation has
three readings: `evaluate` moves terms of arrays exactly, `axis_map` gives its index map and new length on one axis as
plain data (sizes may be symbols there), and `notation` is what a page shows. Nothing here knows the chain rule.

Axes have names: `batch`, `group`, `out`, `in` and the spatial axes `0`, `1`, `2`. One group axis of its own keeps the
channels of a group together, so F is (group, out, in, spatial...) and X is (batch, group, in, spatial...).
"""

from symconv.operations.arrays import (
    EMPTY,
    INSERTED,
    KINDS,
    PADDING,
    ArrayAxis,
    AxisMap,
    TermArray,
    as_matrix,
    leaf_array,
)
from symconv.operations.constants import AlongAxes, Chosen, Constant, Divide, NumberMatrix
from symconv.operations.matrices import FEATURES, Adjoint, MatMul, Reshape, Transposed
from symconv.operations.pipeline import Leaf, Naming, Operation, Written, axes_on_the_way
from symconv.operations.products import Correlate, IndexSum, Join, MatrixProduct
from symconv.operations.rearrange import (
    AxisOperation,
    Keep,
    Rename,
    Repeat,
    Reverse,
    Scale,
    Spread,
    Total,
    Unroll,
    Window,
    keep,
    reverse,
    scale,
    spread,
    window,
)
from symconv.operations.sums import LetterSum, OverlapSum, WindowSum
from symconv.operations.windows import Fold, Hadamard, Unfold, WindowMap, tap

__all__ = [
    "EMPTY",
    "FEATURES",
    "INSERTED",
    "KINDS",
    "PADDING",
    "Adjoint",
    "AlongAxes",
    "ArrayAxis",
    "AxisMap",
    "AxisOperation",
    "Chosen",
    "Constant",
    "Correlate",
    "Divide",
    "Fold",
    "Hadamard",
    "IndexSum",
    "Join",
    "Keep",
    "Leaf",
    "LetterSum",
    "MatMul",
    "MatrixProduct",
    "Naming",
    "NumberMatrix",
    "Operation",
    "OverlapSum",
    "Rename",
    "Repeat",
    "Reshape",
    "Reverse",
    "Scale",
    "Spread",
    "TermArray",
    "Total",
    "Transposed",
    "Unfold",
    "Unroll",
    "Window",
    "WindowMap",
    "WindowSum",
    "Written",
    "as_matrix",
    "axes_on_the_way",
    "keep",
    "leaf_array",
    "reverse",
    "scale",
    "spread",
    "tap",
    "window",
]

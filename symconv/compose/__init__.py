"""The one place that knows all rooms: from a layer to its derivation, its proofs and its write-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symconv.compose.derivation import MAX_PAGES, MAX_TERMS, Derivation, Watch
from symconv.compose.families import family_of
from symconv.errors import InputError, NotSupportedError
from symconv.notation.tree import Style
from symconv.proof.verdict import Proof

__all__ = ["MAX_PAGES", "MAX_TERMS", "Derivation", "Watch", "derive", "prove", "prove_for_all_sizes"]


def derive(
    layer: Any, *, names: Mapping[str, str] | None = None, index_base: int = 1, batch_mean: bool = False
) -> Derivation:
    """The derivation of a layer or a network.

    Args:
        names: the letter of a role, such as `{"X": "x", "G": r"\\delta"}`.
        index_base: the number of the first index, 1 or 0.
        batch_mean: the loss is the mean of one loss per example, so 1/batch stands in front of the gradients.

    Raises `InputError` for what is no layer, and for letters that are none or are used twice.

    >>> from symconv.layers.conv import Conv
    >>> d = derive(Conv(input=(3, 3), filter=(2, 2)))
    >>> d.gradient("X", 1, 2)
    F_{11}*\\frac{\\partial L}{\\partial O_{12}} + F_{12}*\\frac{\\partial L}{\\partial O_{11}}
    """
    family = family_of(layer)
    style = Style({} if names is None else names, index_base, batch_mean and layer.batch > 1, layer.symbols)
    return family.derivation(layer, style)


def prove(
    layer: Any,
    *,
    scope: str = "shape",
    claim: str | None = None,
    exhaustive: bool = False,
    max_terms: int = MAX_TERMS,
    watch: Watch = iter,
) -> list[Proof]:
    """Every closed form of the layer, compared with the chain rule.

    With the scope "sizes" they are proved for every input size, filter size and padding at once, stride and dilation
    being the layer's; `claim` is then a claim of your own, such as "dX = corr(pad(G, k-1), rev(F))" (`docs/proofs.md`).

    Beyond a million terms the comparison is made axis by axis; `exhaustive` compares all terms, up to
    `max_terms` of them. `watch` is given the claims to be proved and hands them on, such as a progress bar does.

    Raises `NotSupportedError` for another scope, and for a layer that cannot be proved for all sizes, `LimitError` for
    more terms than `max_terms`, `InputError` for a claim that cannot be read or comes without the scope "sizes".

    >>> from symconv.layers.conv import Conv
    >>> all(proof.holds for proof in prove(Conv(input=(5, 4), filter=(3, 2), stride=2)))
    True
    >>> prove(Conv(input=3, filter=2), scope="sizes", claim="dX = corr(pad(G, k-1), F)")[0].geometry
    {'n': 2, 'k': 2, 'a': 0, 'c': 0}
    """
    if scope == "sizes":
        return prove_for_all_sizes(layer, claim=claim)
    family_of(layer)
    if scope != "shape":
        raise NotSupportedError(f'scope is {scope!r}: expected "shape" or "sizes"')
    if claim is not None:
        raise InputError('a claim of your own is decided for all sizes: add scope="sizes"')
    return derive(layer).proved(exhaustive=exhaustive, max_terms=max_terms, watch=watch)


def prove_for_all_sizes(layer: Any, *, claim: str | None = None, limit: int | None = None) -> list[Proof]:
    """What holds of a layer of sliding windows for every size, or whether a claim of your own about a convolution does.

    `limit` is how many of its operations isl may take for one claim. Raises as `prove`.
    """
    from symconv.proof.sizes import prove_sizes, prove_stated

    family_of(layer)
    options = {} if limit is None else {"limit": limit}
    return prove_sizes(layer, **options) if claim is None else prove_stated(layer, claim, **options)

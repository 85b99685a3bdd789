"""Which layer a document speaks of, and what its letters mean there, worked out from its equations and its prose."""

from symconv.checking.discovery.discover import discover
from symconv.checking.discovery.operators import is_sliding
from symconv.checking.discovery.plain import ACTIVATIONS
from symconv.checking.discovery.result import Candidate, Discovery, ReadEquation, Stretch
from symconv.checking.discovery.scopes import Scope, scopes

__all__ = [
    "ACTIVATIONS",
    "Candidate",
    "Discovery",
    "ReadEquation",
    "Scope",
    "Stretch",
    "discover",
    "is_sliding",
    "scopes",
]

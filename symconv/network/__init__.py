"""Layers in sequence: their shapes, the error signal that runs back through them, and how that is told."""

from symconv.network.network import Network

__all__ = ["Network"]

"""Proofs that closed forms are what the chain rule gives."""

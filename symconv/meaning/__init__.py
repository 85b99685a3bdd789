"""What notation means: trees evaluated on arrays of any numbers, differentiated, and compared exactly.

Nothing here knows a layer. `evaluate` needs no SymPy; `symbolic`, `graph` and `deciding` do.
"""

"""symconv derives backpropagation through convolutional layers on paper, proves every line and writes it up.

>>> import symconv as sc
>>> d = sc.derive(sc.Conv(input=(3, 3), filter=(2, 2)))
>>> print(d.proofs[1])
proved for this shape (all 16 terms compared): ∂L/∂F = X ⊗ ∂L/∂O
"""

import lazy_loader as _lazy

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

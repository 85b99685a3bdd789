from .compose import Derivation as Derivation
from .compose import derive as derive
from .compose import prove as prove
from .derivation.steps import Step as Step
from .errors import InputError as InputError
from .errors import LimitError as LimitError
from .errors import NotSupportedError as NotSupportedError
from .errors import SymconvError as SymconvError
from .errors import UnprovedError as UnprovedError
from .layers.conv import Conv as Conv
from .proof.verdict import Proof as Proof

__version__: str

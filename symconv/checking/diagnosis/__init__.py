"""What is wrong with a refuted equation: slips undone, each of which proves that it explains the difference."""

from symconv.checking.diagnosis.diagnose import Diagnosis, diagnose
from symconv.checking.findings import MISTAKES

__all__ = ["MISTAKES", "Diagnosis", "diagnose"]

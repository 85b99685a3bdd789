"""Lines of documents that symconv wrote: read in the style of their page, and decided by the proofs of their family.

Such a document says by which command it was written, so that nothing about it has to be found out. A line of it is read
as the very tree that was printed, and each side of it is compared with the one before it by what the page's own proofs
are made of. A line that somebody changed is therefore refuted, or not understood.
"""

from symconv.checking.own_lines.judging import judge_own

__all__ = ["judge_own"]

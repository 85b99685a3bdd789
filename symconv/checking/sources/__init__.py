"""Where mathematics stands in Markdown, TeX, notebooks and plain text."""

from symconv.checking.sources.files import kind_of, source_from_file, source_from_text
from symconv.checking.sources.source import Cell, Passage, Setting, Source

__all__ = ["Cell", "Passage", "Setting", "Source", "kind_of", "source_from_file", "source_from_text"]
